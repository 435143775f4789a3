package dev.yado.cli.backup;

import dev.yado.cli.session.Names;
import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description =
                "Remove a backup from its repository; others stay whole. One that is being taken is broken off. It does not ask.",
        footer = {"", "Example:", "  yado backup delete 0198f1de-7c00-7000-8000-000000000001"})
public final class BackupDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "BACKUP", description = "Its id.")
    private String backup = "";

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public BackupDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = Names.backupId(backup);
        new Waiting(session)
                .begun(
                        session.api().delete("/v1/backups/" + id),
                        wait,
                        operation -> session.screen().answer("backup " + id + " is gone"));
    }
}
