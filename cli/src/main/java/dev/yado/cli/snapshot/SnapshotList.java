package dev.yado.cli.snapshot;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = "List the snapshots of a VM, the newest first.",
        footer = {"", "Example:", "  yado snapshot list web"})
public final class SnapshotList implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--limit", paramLabel = "N", description = "How many, 1 to 1000 (default 20).")
    private int limit = 20;

    public SnapshotList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer = session.api().get("/v1/vms/" + session.names().vm(vm) + "/snapshots?limit=" + limit);
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
        } else {
            session.showItems(answer.document().documents("items"), items -> table(items, Instant.now()));
        }
    }

    private static Table table(List<Json.Document> snapshots, Instant now) {
        Table table = new Table("NAME", "STATE", "AGE", "ID", "REASON");
        for (Json.Document each : snapshots) {
            table.row(
                    each.text("name"),
                    each.text("state"),
                    Words.age(each.find("takenAt").orElse(each.text("createdAt")), now),
                    each.text("id"),
                    each.text("stateReason"));
        }
        return table;
    }
}
