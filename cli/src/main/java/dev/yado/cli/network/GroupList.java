package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List security groups.",
        footer = {"", "Example:", "  yado secgroup list"})
public final class GroupList implements Runnable {
    private final Session session;

    public GroupList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/security-groups", groups -> {
            Table table = new Table("NAME", "DEFAULT", "DESCRIPTION", "AGE", "ID");
            for (Json.Document group : groups) {
                table.row(
                        group.text("name"),
                        group.text("default").equals("true") ? "yes" : "",
                        group.text("description"),
                        Words.age(group.text("createdAt"), Instant.now()),
                        group.text("id"));
            }
            return table;
        });
    }
}
