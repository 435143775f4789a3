package dev.yado.protocol.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a backup is.
 *
 * @param progress null before COPYING
 * @param point the instant that it shows; null before COPYING
 * @param disks how the changes of each were found; empty before COPYING
 * @param result once DONE
 * @param failure why it FAILED or was CANCELLED; null otherwise
 */
public record BackupAnswer(
        BackupId id,
        Phase phase,
        @Nullable Progress progress,
        @Nullable Point point,
        List<DiskChanges> disks,
        @Nullable Result result,
        @Nullable Failure failure) {
    public BackupAnswer {
        disks = List.copyOf(disks);
    }

    public enum Phase {
        /** It waits for its turn, or looks what there is. */
        PREPARING,
        COPYING,
        /** What was written is read again. */
        VERIFYING,
        /** Final: the backup is in the repository. */
        DONE,
        /** Final: there is no such backup, and nothing of the job is left on the host. */
        FAILED,
        /** Final: as FAILED, because it was asked for. */
        CANCELLED;

        public boolean over() {
            return this == DONE || this == FAILED || this == CANCELLED;
        }
    }

    /**
     * @param totalBytes that are to be looked at, as known now
     * @param doneBytes of them
     */
    public record Progress(long totalBytes, long doneBytes) {}

    /**
     * @param takenAt by the host's clock
     * @param why it is not better than that, for people; null when it cannot be
     * @param pauseMs how long the guest was held
     * @param frozenMs how long its file systems were still; null: they were not, or a daemon that is one version older
     */
    public record Point(
            Instant takenAt,
            Consistency consistency,
            @Nullable String why,
            double pauseMs,
            @Nullable Double frozenMs) {
        /** Without file systems that were made still. */
        public Point(Instant takenAt, Consistency consistency, @Nullable String why, double pauseMs) {
            this(takenAt, consistency, why, pauseMs, null);
        }
    }

    /** What a guest finds that boots from it. */
    public enum Consistency {
        /** Its applications were told and had written what they had. */
        APPLICATION,
        /** Its file systems were still. */
        FILE_SYSTEM,
        /** As after a power cut. */
        CRASH,
        /** It did not run. */
        STOPPED
    }

    /**
     * @param found how it was known what has changed
     * @param why not by a bitmap, for people; null for BITMAP
     * @param changedBytes that were read because they have changed, or may have
     */
    public record DiskChanges(
            DiskId disk, Found found, @Nullable String why, long changedBytes) {
        public enum Found {
            /** QEMU kept a note of what was written since the previous backup. */
            BITMAP,
            /** All was read and compared with the previous backup. Only what has changed is stored. */
            COMPARE,
            /** There is no previous backup of this disk to compare with. */
            FULL
        }
    }

    /**
     * @param readBytes from the disks
     * @param storedBytes in the repository, compressed
     * @param sizeBytes of the disks, as the guest sees them
     * @param retainUntil until when the repository lets nobody delete it; null: at any time, or a daemon that is one version older
     */
    public record Result(
            long readBytes,
            long storedBytes,
            long newChunks,
            long reusedChunks,
            long sizeBytes,
            long millis,
            @Nullable Instant retainUntil) {}

    public record Failure(ErrorCode code, String detail) {}
}
