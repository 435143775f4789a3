package dev.yado.protocol.snapshot;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How far a job is.
 *
 * @param job whose it is
 * @param progress while something is copied; null otherwise
 * @param takenAt the instant that the snapshot shows, by the host's clock; once a TAKE is DONE
 * @param pauseMs how long QEMU needed to change over, in which the guest's disks did not answer; null when there was no guest
 * @param consistency what a guest finds that goes back to it; once a TAKE of a VM that ran is DONE, by a daemon that knows
 * @param why it is not better than that, for people; null when it cannot be
 * @param failure why it FAILED; null otherwise
 */
public record SnapshotAnswer(
        UUID job,
        Phase phase,
        @Nullable Progress progress,
        @Nullable Instant takenAt,
        @Nullable Double pauseMs,
        @Nullable Consistency consistency,
        @Nullable String why,
        @Nullable Failure failure) {
    /** Of anything but a guest's disks that were taken. */
    public SnapshotAnswer(
            UUID job,
            Phase phase,
            @Nullable Progress progress,
            @Nullable Instant takenAt,
            @Nullable Double pauseMs,
            @Nullable Failure failure) {
        this(job, phase, progress, takenAt, pauseMs, null, null, failure);
    }

    public enum Phase {
        /** The host is at it, or goes on with it as soon as the VM lets it: whatever becomes of daemon, QEMU or host. */
        WORKING,
        /** Final. */
        DONE,
        /** Final: all is as it was before. */
        FAILED;

        public boolean over() {
            return this != WORKING;
        }
    }

    /** @param totalBytes as known now */
    public record Progress(long totalBytes, long doneBytes) {}

    public record Failure(ErrorCode code, String detail) {}

    public static SnapshotAnswer working(UUID job, @Nullable Progress progress) {
        return new SnapshotAnswer(job, Phase.WORKING, progress, null, null, null);
    }

    public static SnapshotAnswer failed(UUID job, ErrorCode code, String detail) {
        return new SnapshotAnswer(job, Phase.FAILED, null, null, null, new Failure(code, detail));
    }
}
