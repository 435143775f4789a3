package dev.yado.protocol.migration;

import dev.yado.protocol.Cause;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a departure is.
 *
 * @param rungs what was tried so far, oldest first
 * @param result once HANDED_OVER
 * @param cause why it STAYED; null while it is under way
 */
public record DepartureAnswer(
        MigrationId id,
        Phase phase,
        @Nullable MigrationProgress progress,
        List<Rung> rungs,
        @Nullable Result result,
        @Nullable Cause cause) {
    public DepartureAnswer {
        rungs = List.copyOf(rungs);
    }

    public enum Phase {
        /** Disks or memory are copied, the guest runs. */
        COPYING,
        /** The guest runs at the destination already and its memory follows (post-copy). */
        FOLLOWING,
        /** The guest is held for the last part. */
        SWITCHING,
        /** {@code go} was said and not answered: only the destination knows. */
        IN_DOUBT,
        /** Final: the destination has said ARRIVED. */
        HANDED_OVER,
        /** Final: the guest goes on here as if nothing had been asked. */
        STAYED
    }

    /** One measure of the ladder. @param why with the figures that led to it */
    public record Rung(Instant at, Kind kind, String why) {
        public enum Kind {
            BANDWIDTH,
            XBZRLE,
            MULTIFD,
            DOWNTIME_LIMIT,
            THROTTLE,
            POST_COPY,
            GIVE_UP
        }
    }

    /**
     * @param totalMs from the departure's begin to the hand-over
     * @param blackoutMs from the guest's last instruction here until the destination said that it runs
     * @param qemuDowntimeMs as QEMU counts it
     * @param rounds of copying memory
     * @param copiedBytes on the wire: memory and disks
     */
    public record Result(
            long totalMs, double blackoutMs, long qemuDowntimeMs, long rounds, long copiedBytes, long throttledMs) {}
}
