package dev.yado.cli.backup;

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
        name = "restore",
        description = {
            "Make a new VM from a backup, as the VM was then.",
            "It has cards in the same networks, with addresses of their own; the VM that was backed up need not be there any more."
        },
        footer = {
            "",
            "Example:",
            "  yado backup restore web --name web-restored",
            "  yado backup restore 0198f1de-7c00-7000-8000-000000000001 --name web --instant"
        })
public final class BackupRestore implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "BACKUP", description = "Its id; or a VM, for its newest backup that is whole.")
    private String backup = "";

    @Option(names = "--name", paramLabel = "NAME", required = true, description = "What the new VM is called.")
    private String name = "";

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
        Json.Document body = new Json.Document()
                .with("name", name)
                .with("mode", instant ? "instant" : "full")
                .with("start", !stopped);
        body = isolated ? body.with("nics", new Json.Array(List.of())) : body;
        new Waiting(session)
                .begun(
                        session.api().post("/v1/backups/" + session.names().backup(backup) + "/restore", body),
                        wait,
                        operation -> tell(operation.text("targetId")));
    }

    private void tell(String vm) {
        Json.Document made = session.api().get("/v1/vms/" + vm).document();
        session.screen().answer("vm " + made.text("name") + " is " + made.text("state") + ", id " + vm);
    }
}
