package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one backup: what it shows, how its changes were found, what was stored.",
        footer = {"", "Example:", "  yado backup show 0198f1de-7c00-7000-8000-000000000001"})
public final class BackupShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "BACKUP", description = "Its id; or a VM, for its newest backup that is whole.")
    private String backup = "";

    public BackupShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(session.api().get("/v1/backups/" + session.names().backup(backup)), this::facts);
    }

    private void facts(Json.Document found) {
        Facts facts = new Facts()
                .add("vm", found.text("vmName") + " (" + found.text("vmId") + ")")
                .add("id", found.text("id"))
                .add("state", found.text("state"))
                .add("reason", found.text("stateReason"))
                .add("taken", time(found, "takenAt"))
                .add("consistency", Words.consistency(found.text("consistency")))
                .add("not better because", found.text("consistencyReason"))
                .add("guest held", found.find("pauseMs").map(ms -> ms + " ms").orElse(""))
                .add(
                        "file systems still",
                        found.find("frozenMs").map(ms -> ms + " ms").orElse(""))
                .add("size", BackupText.bytes(found, "sizeBytes"))
                .add("read", BackupText.bytes(found, "readBytes"))
                .add("stored", BackupText.bytes(found, "storedBytes"));
        List<Json.Document> disks = found.documents("disks");
        for (int i = 0; i < disks.size(); i++) {
            Json.Document disk = disks.get(i);
            String reason = disk.text("reason");
            facts.add(
                    "disk " + i,
                    Words.mebibytes(disk.number("sizeMiB"))
                            + disk.find("changesFoundBy")
                                    .map(how -> ", changes found by " + how)
                                    .orElse("")
                            + (reason.isEmpty() ? "" : ": " + reason));
        }
        facts.add("verified", time(found, "verifiedAt"))
                .add("cannot be deleted before", found.text("retainUntil"))
                .add("repository", found.text("repository") + ", there as " + found.text("repositoryBackupId"))
                .add("operation", found.text("operationId"))
                .add("tenant", found.text("tenantId"))
                .show(session.screen());
    }

    private static String time(Json.Document found, String field) {
        return found.find(field)
                .map(at -> at + " (" + Words.age(at, Instant.now()) + ")")
                .orElse("");
    }
}
