package dev.yado.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A time in which the platform kept a guest from running as it would.
 *
 * @param at its begin, by the host's clock: with VM and kind it names the disruption, however often it is told
 * @param detail for people
 */
public record Disruption(
        VmId vm, Kind kind, Instant at, double ms, @Nullable String detail) {
    public enum Kind {
        /** Held at the switch-over of a migration. */
        MIGRATION_BLACKOUT,
        /** Slowed down so that a migration ends. */
        MIGRATION_THROTTLE,
        /** Waited for memory that had not followed yet. */
        POST_COPY_WAIT,
        SNAPSHOT,
        FREEZE,
        /** Held until a disk could be written again. */
        DISK_FULL,
        DISK_ERROR,
        /** Held by a stop and go that nobody asked for and the host took back. */
        UNASKED_PAUSE
    }
}
