package dev.yado.cli.snapshot;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Keep nothing for a snapshot any more. The guest goes on, other snapshots stay. It does not ask.",
        footer = {"", "Example:", "  yado snapshot delete web before-upgrade"})
public final class SnapshotDelete implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Name or id.")
    private String snapshot = "";

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public SnapshotDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().snapshot(session.names().vm(vm), snapshot);
        new Waiting(session)
                .begun(
                        session.api().delete("/v1/snapshots/" + id),
                        wait,
                        _ -> session.screen().answer("snapshot " + snapshot + " of vm " + vm + " is gone"));
    }
}
