package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List networks: the tenant's own and those for all tenants.",
        footer = {"", "Example:", "  yado net list"})
public final class NetList implements Runnable {
    private final Session session;

    public NetList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/networks", networks -> table(networks, Instant.now()));
    }

    static Table table(List<Json.Document> networks, Instant now) {
        Table table = new Table("NAME", "FOR", "EXTERNAL", "MTU", "SEGMENT", "AGE", "ID");
        for (Json.Document network : networks) {
            table.row(
                    network.text("name"),
                    network.find("tenantId").isPresent() ? "tenant" : "all",
                    network.text("external").equals("true") ? "yes" : "",
                    network.text("mtu"),
                    network.text("segment"),
                    Words.age(network.text("createdAt"), now),
                    network.text("id"));
        }
        return table;
    }
}
