package dev.yado.cli.backup;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List backups, the newest first. They outlive their VMs.",
        footer = {"", "Example:", "  yado backup list", "  yado backup list --vm web --limit 5"})
public final class BackupList implements Runnable {
    private final Session session;

    @Option(
            names = "--vm",
            paramLabel = "VM",
            description = "Only those of this VM: name or id; of one that is gone its id.")
    private @Nullable String vm;

    @Option(names = "--limit", paramLabel = "N", description = "How many, 1 to 1000 (default 20).")
    private int limit = 20;

    public BackupList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String of = vm == null ? "" : "&vmId=" + Api.encode(session.names().vm(vm));
        Answer answer = session.api().get("/v1/backups?limit=" + limit + of);
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
        } else {
            session.showItems(answer.document().documents("items"), items -> table(items, Instant.now()));
        }
    }

    static Table table(List<Json.Document> backups, Instant now) {
        Table table =
                new Table("VM", "STATE", "AGE", "CONSISTENCY", "SIZE", "READ", "STORED", "REPOSITORY", "ID", "REASON");
        for (Json.Document backup : backups) {
            table.row(
                    backup.text("vmName"),
                    backup.text("state"),
                    Words.age(backup.find("takenAt").orElse(backup.text("createdAt")), now),
                    backup.text("consistency"),
                    BackupText.bytes(backup, "sizeBytes"),
                    BackupText.bytes(backup, "readBytes"),
                    BackupText.bytes(backup, "storedBytes"),
                    backup.text("repository"),
                    backup.text("id"),
                    backup.text("stateReason"));
        }
        return table;
    }
}
