package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "backups",
        description = "List the backups of the controllers themselves, the newest first (administrator).",
        footer = {"", "Example:", "  yado controller backups"})
public final class ControllerBackups implements Runnable {
    private final Session session;

    public ControllerBackups(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/controller-backups", backups -> table(backups, Instant.now()));
    }

    static Table table(List<Json.Document> backups, Instant now) {
        Table table = new Table("STATE", "AGE", "READ", "STORED", "RECOVERY KEY", "ID", "REASON");
        for (Json.Document backup : backups) {
            table.row(
                    backup.text("state"),
                    Words.age(backup.find("takenAt").orElse(backup.text("askedAt")), now),
                    BackupText.bytes(backup, "readBytes"),
                    BackupText.bytes(backup, "storedBytes"),
                    backup.text("keyName"),
                    backup.text("id"),
                    backup.text("stateReason"));
        }
        return table;
    }
}
