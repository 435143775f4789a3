package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = {
            "Make a new VM from a backup, as the VM was then; or, with --in-place, give it to the disks of the VM itself, which is stopped.",
            "It has cards in the same networks, with addresses of their own; the VM that was backed up need not be there any more."
        },
        footer = {
            "",
            "Example:",
            "  yado backup restore web --name web-restored",
            "  yado backup restore 0198f1de-7c00-7000-8000-000000000001 --name web --instant",
            "  yado backup restore web --in-place --name undo && yado vm start web     what the disks had is snapshot 'undo'"
        })
public final class BackupRestore implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "BACKUP", description = "Its id; or a VM, for its newest backup that is whole.")
    private String backup = "";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What the new VM is called; in place, the snapshot of what its disks had.")
    private @Nullable String name;

    @Option(names = "--in-place", description = "Give it to the VM itself.")
    private boolean inPlace;

    @Option(names = "--disk", paramLabel = "ID", description = "In place, only this disk; repeatable. Default: all.")
    private @Nullable List<String> disks;

    @Option(
            names = "--instant",
            description = "Let the guest run at once; what it has not asked for yet follows from the repository.")
    private boolean instant;

    @Option(names = "--no-start", description = "Leave it stopped.")
    private boolean stopped;

    @Option(names = "--no-network", description = "Give it no network cards.")
    private boolean isolated;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public BackupRestore(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        if (name == null && !inPlace) {
            throw Failure.usage("the new VM has no name", "Give it one: --name NAME.");
        }
        Json.Document body = new Json.Document()
                .with("inPlace", inPlace)
                .with("mode", instant ? "instant" : "full")
                .with("start", !stopped);
        body = name == null ? body : body.with("name", name);
        body = isolated ? body.with("nics", new Json.Array(List.of())) : body;
        body = disks == null
                ? body
                : body.with(
                        "disks",
                        new Json.Array(disks.stream().<Json>map(Json.Text::new).toList()));
        new Waiting(session)
                .begun(
                        session.api().post("/v1/backups/" + session.names().backup(backup) + "/restore", body),
                        wait,
                        operation -> tell(operation.text("targetId")));
    }

    private void tell(String target) {
        if (inPlace) {
            Json.Document kept = session.api().get("/v1/snapshots/" + target).document();
            session.screen()
                    .answer("the disks have what the backup has; what they had is snapshot " + kept.text("name"));
        } else {
            tellMade(target);
        }
    }

    private void tellMade(String vm) {
        Json.Document made = session.api().get("/v1/vms/" + vm).document();
        session.screen().answer("vm " + made.text("name") + " is " + made.text("state") + ", id " + vm);
    }
}
