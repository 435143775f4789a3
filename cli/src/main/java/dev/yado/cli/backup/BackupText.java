package dev.yado.cli.backup;

import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.util.Locale;

/** Backups in few words. */
final class BackupText {
    private BackupText() {}

    /** What was read and stored, and what a guest finds. */
    static String summary(Json.Document backup) {
        if (!backup.text("state").equals("AVAILABLE")) {
            String why = backup.text("stateReason");
            return backup.text("state") + (why.isEmpty() ? "" : ": " + why);
        }
        return bytes(backup, "readBytes") + " read, " + bytes(backup, "storedBytes") + " stored, "
                + consistency(backup.text("consistency"));
    }

    static String consistency(String word) {
        return switch (word) {
            case "APPLICATION" -> "application consistent";
            case "FILE_SYSTEM" -> "file system consistent";
            case "CRASH" -> "crash consistent";
            case "STOPPED" -> "taken while stopped";
            default -> word.toLowerCase(Locale.ROOT);
        };
    }

    static String bytes(Json.Document backup, String field) {
        return backup.find(field).isPresent() ? Words.bytes(backup.number(field)) : "";
    }
}
