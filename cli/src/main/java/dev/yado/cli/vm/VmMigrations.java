package dev.yado.cli.vm;

import dev.yado.cli.session.HostNames;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "migrations",
        description =
                "List the moves of a VM, the newest first: how far they are, or what came of them beside the forecast.",
        footer = {"", "Example:", "  yado vm migrations web"})
public final class VmMigrations implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    public VmMigrations(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/vms/" + session.names().vm(vm) + "/migrations", this::table);
    }

    private Table table(List<Json.Document> moves) {
        HostNames hosts = session.hostNames();
        Table table = new Table("ID", "BEGAN", "STATE", "FROM", "TO", "RUNGS", "RESULT");
        for (Json.Document move : moves) {
            String result = MoveText.result(move);
            table.row(
                    move.text("id"),
                    Words.age(move.text("beganAt"), Instant.now()) + " ago",
                    move.text("state"),
                    hosts.of(move.text("fromHostId")),
                    hosts.of(move.text("toHostId")),
                    MoveText.rungs(move),
                    result.isEmpty() ? move.text("reason") : result);
        }
        return table;
    }
}
