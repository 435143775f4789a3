package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Api;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "cat",
        description = {
            "Write the content of one file of a backup to standard output. Nothing is restored.",
            "With --repository DIR, as root, on the repository itself and without a controller."
        },
        footer = {"", "Example:", "  yado backup cat web 0p1/etc/hostname > hostname"})
public final class BackupCat implements Runnable {
    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "BACKUP",
            description = "Its id; or a VM, for its newest backup that is whole.")
    private String backup = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "As 'files' shows it.")
    private String path = "";

    public BackupCat(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().backup(backup);
        session.api()
                .download(
                        "/v1/backups/" + id + "/files/content?path=" + Api.encode(path),
                        session.screen().bytes());
    }
}
