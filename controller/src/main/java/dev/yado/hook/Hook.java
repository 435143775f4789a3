package dev.yado.hook;

import dev.yado.backup.ScheduleId;
import dev.yado.protocol.BackupId;
import java.net.URI;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who is told of a schedule's backups. Its secret is shown to nobody. */
public record Hook(ScheduleId schedule, URI url, Instant changedAt) {

    public enum CallState {
        DUE,
        DELIVERED,
        GIVEN_UP
    }

    /** One result that is told. @param trouble why the last attempt failed; null: none has */
    public record Call(
            UUID id,
            BackupId backup,
            CallState state,
            int attempts,
            @Nullable String trouble,
            Instant dueAt,
            Instant createdAt,
            @Nullable Instant endedAt) {}
}
