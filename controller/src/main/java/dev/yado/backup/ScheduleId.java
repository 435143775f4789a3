package dev.yado.backup;

import dev.yado.protocol.UuidV7;
import java.util.UUID;

/** Names a schedule of backups. */
public record ScheduleId(UUID value) {
    static ScheduleId random() {
        return new ScheduleId(UuidV7.next());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
