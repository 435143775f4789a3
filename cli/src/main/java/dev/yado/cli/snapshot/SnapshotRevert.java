package dev.yado.cli.snapshot;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "revert",
        description = {
            "Give the disks of a VM, which is stopped, what they had when a snapshot was taken.",
            "What was written since is lost, unless another snapshot has it. It does not ask."
        },
        footer = {"", "Example:", "  yado vm stop web && yado snapshot revert web before-upgrade && yado vm start web"})
public final class SnapshotRevert implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Name or id.")
    private String snapshot = "";

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public SnapshotRevert(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().snapshot(session.names().vm(vm), snapshot);
        new Waiting(session)
                .begun(
                        session.api().post("/v1/snapshots/" + id + "/revert", new Json.Document()),
                        wait,
                        _ -> session.screen()
                                .answer("the disks of vm " + vm + " have what they had in snapshot " + snapshot));
    }
}
