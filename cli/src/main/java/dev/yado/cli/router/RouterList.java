package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List routers.",
        footer = {"", "Example:", "  yado router list"})
public final class RouterList implements Runnable {
    private final Session session;

    public RouterList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/routers", routers -> {
            Table table = new Table("NAME", "SUBNETS", "EXTERNAL", "GATEWAY", "IN SYNC", "AGE", "ID");
            for (Json.Document router : routers) {
                Json.Document gateway = router.document("gateway").orElse(new Json.Document());
                table.row(
                        router.text("name"),
                        String.join(
                                " ",
                                router.documents("subnets").stream()
                                        .map(leg -> leg.text("cidr"))
                                        .toList()),
                        router.document("external")
                                .map(way -> String.join(" ", way.texts("addresses")))
                                .orElse(""),
                        gateway.text("hostId"),
                        gateway.text("inSync").equals("true")
                                ? "yes"
                                : gateway.text("hostId").isEmpty() ? "" : "no",
                        Words.age(router.text("createdAt"), Instant.now()),
                        router.text("id"));
            }
            return table;
        });
    }
}
