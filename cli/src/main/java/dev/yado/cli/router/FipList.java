package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List floating IPs and where they lead.",
        footer = {"", "Example:", "  yado fip list"})
public final class FipList implements Runnable {
    private final Session session;

    public FipList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/floating-ips", all -> {
            Table table = new Table("ADDRESS", "TO", "VM", "ROUTER", "FORWARDINGS", "AGE", "ID");
            for (Json.Document each : all) {
                table.row(
                        each.text("address"),
                        each.text("fixedAddress"),
                        each.text("vmId"),
                        each.text("routerId"),
                        String.join(
                                " ",
                                each.documents("portForwardings").stream()
                                        .map(FipShow::words)
                                        .toList()),
                        Words.age(each.text("createdAt"), Instant.now()),
                        each.text("id"));
            }
            return table;
        });
    }
}
