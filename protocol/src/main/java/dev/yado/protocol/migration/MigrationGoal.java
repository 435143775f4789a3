package dev.yado.protocol.migration;

import org.jspecify.annotations.Nullable;

/**
 * What a caller wants of a move.
 *
 * @param maxDowntimeMs how long the guest may be held at the switch-over
 * @param deadlineSeconds from the begin of copying; not switched over by then: it stays, untouched
 * @param mayThrottle the guest may be slowed down so that copying gets ahead of it
 * @param mayPostCopy the guest may be switched over before all its memory is there. From then on it needs both hosts
 * @param bandwidthMiBs at most, in MiB/s; null: what the link gives
 */
public record MigrationGoal(
        int maxDowntimeMs,
        int deadlineSeconds,
        boolean mayThrottle,
        boolean mayPostCopy,
        @Nullable Integer bandwidthMiBs) {
    /** For who says nothing: ends within five minutes, the last second of which may be slow. */
    public static final MigrationGoal DEFAULT = new MigrationGoal(100, 300, true, true, null);

    public MigrationGoal {
        if (maxDowntimeMs < 1 || maxDowntimeMs > 60_000) {
            throw new IllegalArgumentException("maxDowntimeMs is 1 to 60000, not " + maxDowntimeMs);
        }
        if (deadlineSeconds < 1 || deadlineSeconds > 86_400) {
            throw new IllegalArgumentException("deadlineSeconds is 1 to 86400, not " + deadlineSeconds);
        }
        if (bandwidthMiBs != null && bandwidthMiBs < 1) {
            throw new IllegalArgumentException("bandwidthMiBs is at least 1, not " + bandwidthMiBs);
        }
    }
}
