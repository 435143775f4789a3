package dev.yado.recovery;

import dev.yado.protocol.BackupId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A backup of the controllers. @param keyName of the recovery key that opens it */
public record ControllerBackup(
        BackupId id,
        State state,
        @Nullable String reason,
        Instant askedAt,
        @Nullable Instant takenAt,
        @Nullable Instant endedAt,
        @Nullable String keyName,
        @Nullable Long readBytes,
        @Nullable Long storedBytes) {

    public enum State {
        ASKED,
        TAKING,
        AVAILABLE,
        FAILED
    }
}
