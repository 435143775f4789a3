package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = {
            "Back a VM up now, running or stopped. Its guest goes on.",
            "Only what has changed since its last backup is read and stored; each backup is complete by itself."
        },
        footer = {
            "",
            "Example:",
            "  yado backup create web",
            "  yado backup create web --repository offsite --bandwidth 50"
        })
public final class BackupCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description = "Where to; else the only repository that its host has.")
    private @Nullable String repository;

    @Option(
            names = "--freeze",
            paramLabel = "MS",
            description = "How long the guest's agent may take to make its file systems still (default 5000).")
    private @Nullable Integer freeze;

    @Option(
            names = "--bandwidth",
            paramLabel = "MIB",
            description = "Read from its disks at most, in MiB/s; else as fast as the host can.")
    private @Nullable Integer bandwidth;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public BackupCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        body = repository == null ? body : body.with("repository", repository);
        body = freeze == null ? body : body.with("freezeMillis", freeze);
        body = bandwidth == null ? body : body.with("bandwidthMiBs", bandwidth);
        new Waiting(session)
                .begun(
                        session.api().post("/v1/vms/" + session.names().vm(vm) + "/backups", body),
                        wait,
                        operation -> tell(operation.text("targetId")));
    }

    private void tell(String id) {
        Json.Document backup = session.api().get("/v1/backups/" + id).document();
        session.screen().answer("backup " + id + " of vm " + vm + ": " + BackupText.summary(backup));
    }
}
