package dev.yado.cli.backup;

import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;

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
                + Words.consistency(backup.text("consistency"));
    }

    static String bytes(Json.Document backup, String field) {
        return backup.find(field).isPresent() ? Words.bytes(backup.number(field)) : "";
    }
}
