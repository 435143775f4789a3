package dev.yado.cli.snapshot;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = {
            "Keep what a VM's disks have at this instant, of all disks the same one. Its guest goes on.",
            "It lies beside the disks and goes with the VM: it is no backup."
        },
        footer = {"", "Example:", "  yado snapshot create web --name before-upgrade"})
public final class SnapshotCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--name", paramLabel = "NAME", description = "What it is called; else after its id.")
    private @Nullable String name;

    @Option(names = "--disk", paramLabel = "ID", description = "Only this disk; repeatable. Default: all.")
    private @Nullable List<String> disks;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public SnapshotCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        body = name == null ? body : body.with("name", name);
        body = disks == null
                ? body
                : body.with(
                        "disks",
                        new Json.Array(disks.stream().<Json>map(Json.Text::new).toList()));
        new Waiting(session)
                .begun(
                        session.api().post("/v1/vms/" + session.names().vm(vm) + "/snapshots", body),
                        wait,
                        operation -> tell(operation.text("targetId")));
    }

    private void tell(String id) {
        Json.Document made = session.api().get("/v1/snapshots/" + id).document();
        session.screen().answer("snapshot " + made.text("name") + " of vm " + vm + " shows " + made.text("takenAt"));
    }
}
