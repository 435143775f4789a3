package dev.yado.protocol.migration;

/**
 * How far copying is, at one moment.
 *
 * @param part what is copied now: {@code DISKS} before {@code MEMORY}
 * @param totalBytes of this part
 * @param remainingBytes of this part, as known now: memory that the guest writes to comes again
 * @param bytesPerSecond of the last moments
 * @param dirtyBytesPerSecond what the guest writes anew; 0 when it is not known
 * @param round of copying memory, from 1
 * @param expectedDowntimeMs if it were switched over now
 * @param throttlePercent how much the guest is slowed down
 */
public record MigrationProgress(
        Part part,
        long totalBytes,
        long remainingBytes,
        long bytesPerSecond,
        long dirtyBytesPerSecond,
        long round,
        double expectedDowntimeMs,
        int throttlePercent) {
    public enum Part {
        DISKS,
        MEMORY
    }
}
