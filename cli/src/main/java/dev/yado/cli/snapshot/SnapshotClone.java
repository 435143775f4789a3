package dev.yado.cli.snapshot;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "clone",
        description = {
            "Make a new VM whose disks have what a snapshot has. The VM of the snapshot goes on; afterwards neither needs the other.",
            "It has cards in the same networks, with addresses of their own."
        },
        footer = {"", "Example:", "  yado snapshot clone web before-upgrade --name web-try --no-network"})
public final class SnapshotClone implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Name or id.")
    private String snapshot = "";

    @Option(names = "--name", paramLabel = "NAME", required = true, description = "What the new VM is called.")
    private String name = "";

    @Option(names = "--no-start", description = "Leave it stopped.")
    private boolean stopped;

    @Option(names = "--no-network", description = "Give it no network cards.")
    private boolean isolated;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public SnapshotClone(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().snapshot(session.names().vm(vm), snapshot);
        Json.Document body = new Json.Document().with("name", name).with("start", !stopped);
        body = isolated ? body.with("nics", new Json.Array(List.of())) : body;
        new Waiting(session)
                .begun(
                        session.api().post("/v1/snapshots/" + id + "/clone", body),
                        wait,
                        operation -> tell(operation.text("targetId")));
    }

    private void tell(String made) {
        Json.Document clone = session.api().get("/v1/vms/" + made).document();
        session.screen().answer("vm " + clone.text("name") + " is " + clone.text("state") + ", id " + made);
    }
}
