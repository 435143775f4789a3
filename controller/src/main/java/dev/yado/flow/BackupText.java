package dev.yado.flow;

import dev.yado.backup.Backup;
import dev.yado.protocol.backup.BackupAnswer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Backups in words. */
final class BackupText {
    private static final double KIB = 1 << 10;
    private static final double MIB = 1 << 20;

    private BackupText() {}

    static String underWay(Backup backup, BackupAnswer said) {
        BackupAnswer.Progress progress = said.progress();
        return switch (said.phase()) {
            case PREPARING -> "host " + backup.host() + " prepares it, or has others before it";
            case COPYING ->
                progress == null || progress.totalBytes() == 0
                        ? "it is copied"
                        : "%d %% of %.0f MiB is copied"
                                .formatted(
                                        progress.doneBytes() * 100 / progress.totalBytes(),
                                        progress.totalBytes() / MIB);
            case VERIFYING -> "what was written is read again";
            case DONE, FAILED, CANCELLED -> throw new IllegalArgumentException("it is over: " + said.phase());
        };
    }

    static String result(BackupAnswer said) {
        BackupAnswer.Result result = said.result();
        BackupAnswer.Point point = said.point();
        return result == null || point == null
                ? "it is in the repository"
                : String.format(
                        Locale.ROOT,
                        "it is in the repository: %s read, %s stored, the guest was held for %.1f ms, %s",
                        amount(result.readBytes()),
                        amount(result.storedBytes()),
                        point.pauseMs(),
                        switch (point.consistency()) {
                            case APPLICATION -> "application consistent";
                            case FILE_SYSTEM -> "file system consistent";
                            case CRASH -> "crash consistent";
                            case STOPPED -> "taken while stopped";
                        });
    }

    private static String amount(long bytes) {
        return bytes < MIB
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / KIB)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / MIB);
    }

    /** For the timeline. */
    static Map<String, Object> figures(BackupAnswer said) {
        Map<String, Object> figures = new LinkedHashMap<>();
        BackupAnswer.Result result = said.result();
        if (result != null) {
            figures.put("readBytes", result.readBytes());
            figures.put("storedBytes", result.storedBytes());
        }
        said.disks()
                .forEach(disk -> figures.put(
                        "disk " + disk.disk(), disk.found() + (disk.why() == null ? "" : ": " + disk.why())));
        return figures;
    }
}
