package dev.yado.vmmd.qmp;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What QEMU says of the migration that it does, or of the last one that it did.
 *
 * @param totalMs since it was told to migrate
 * @param downtimeMs between holding the guest and having sent all; null before
 * @param expectedDowntimeMs by QEMU's own estimate; null when it has none
 * @param memory null before the first byte
 * @param xbzrle null when the capability is off
 * @param throttlePercent of the guest's processors; 0 when they are not slowed down
 * @param postCopyWait null unless the capability postcopy-blocktime is on, and this is the destination
 * @param error why it failed; null when it did not
 */
public record MigrationStatistics(
        Status status,
        long totalMs,
        long setupMs,
        @Nullable Long downtimeMs,
        @Nullable Long expectedDowntimeMs,
        @Nullable Memory memory,
        @Nullable Xbzrle xbzrle,
        int throttlePercent,
        @Nullable PostCopyWait postCopyWait,
        @Nullable String error) {
    public MigrationStatistics {
        if (throttlePercent < 0 || throttlePercent > 100) {
            throw new IllegalArgumentException("throttlePercent is 0 to 100, not " + throttlePercent);
        }
    }

    public enum Status {
        NONE("none"),
        SETUP("setup"),
        ACTIVE("active"),
        /** The guest is held and QEMU waits for {@code migrate-continue}. */
        PRE_SWITCHOVER("pre-switchover"),
        /** The guest is held and the last of it is sent. */
        DEVICE("device"),
        POSTCOPY_ACTIVE("postcopy-active"),
        /** The connection broke in post-copy: the guest is in two halves until it is recovered. */
        POSTCOPY_PAUSED("postcopy-paused"),
        POSTCOPY_RECOVER("postcopy-recover"),
        COMPLETED("completed"),
        FAILED("failed"),
        CANCELLING("cancelling"),
        CANCELLED("cancelled"),
        OTHER("");

        private final String wire;

        Status(String wire) {
            this.wire = wire;
        }

        static Status of(String wire) {
            for (Status status : values()) {
                if (status.wire.equals(wire)) {
                    return status;
                }
            }
            return OTHER;
        }

        /** Nothing of it goes on. */
        public boolean over() {
            return this == COMPLETED || this == FAILED || this == CANCELLED;
        }

        /** The guest is held here for the last part. */
        public boolean switching() {
            return this == PRE_SWITCHOVER || this == DEVICE;
        }

        /** The guest has been told to run at the destination: there is no way back. */
        public boolean following() {
            return this == POSTCOPY_ACTIVE || this == POSTCOPY_PAUSED || this == POSTCOPY_RECOVER;
        }
    }

    /**
     * @param transferredBytes on the wire
     * @param remainingBytes that are known to differ
     * @param zeroPages sent as a mark only
     * @param dirtyPagesPerSecond over a second or more; 0 when it was not counted yet
     * @param syncs how often the guest's writing was looked at: the number of the round
     * @param precopyBytes sent while the guest ran
     * @param downtimeBytes sent while it was held
     * @param postcopyBytes sent after
     */
    public record Memory(
            long transferredBytes,
            long remainingBytes,
            long totalBytes,
            long zeroPages,
            long normalPages,
            long pageSize,
            long dirtyPagesPerSecond,
            long syncs,
            long postcopyRequests,
            long multifdBytes,
            long precopyBytes,
            long downtimeBytes,
            long postcopyBytes) {}

    /**
     * Pages that were sent as differences.
     *
     * @param pages that were sent so
     * @param bytes that they took
     * @param overflows pages that had changed too much
     * @param encodingRate how many times smaller they became in the last second
     */
    public record Xbzrle(
            long cacheBytes,
            long pages,
            long bytes,
            long cacheMisses,
            double cacheMissRate,
            double encodingRate,
            long overflows) {}

    /**
     * @param allMs in which all processors of the guest waited at once
     * @param ms of each processor
     */
    public record PostCopyWait(long allMs, List<Long> ms) {
        public PostCopyWait {
            ms = List.copyOf(ms);
        }
    }

    static MigrationStatistics of(JsonNode result) {
        return new MigrationStatistics(
                Status.of(result.path("status").asString("none")),
                result.path("total-time").asLong(0),
                result.path("setup-time").asLong(0),
                number(result.path("downtime")),
                number(result.path("expected-downtime")),
                result.has("ram") ? memory(result.path("ram")) : null,
                result.has("xbzrle-cache") ? xbzrle(result.path("xbzrle-cache")) : null,
                result.path("cpu-throttle-percentage").asInt(0),
                result.has("postcopy-blocktime") ? postCopyWait(result) : null,
                result.has("error-desc") ? result.path("error-desc").asString("") : null);
    }

    private static Memory memory(JsonNode ram) {
        return new Memory(
                ram.path("transferred").asLong(0),
                ram.path("remaining").asLong(0),
                ram.path("total").asLong(0),
                ram.path("duplicate").asLong(0),
                ram.path("normal").asLong(0),
                ram.path("page-size").asLong(4096),
                ram.path("dirty-pages-rate").asLong(0),
                ram.path("dirty-sync-count").asLong(0),
                ram.path("postcopy-requests").asLong(0),
                ram.path("multifd-bytes").asLong(0),
                ram.path("precopy-bytes").asLong(0),
                ram.path("downtime-bytes").asLong(0),
                ram.path("postcopy-bytes").asLong(0));
    }

    private static Xbzrle xbzrle(JsonNode cache) {
        return new Xbzrle(
                cache.path("cache-size").asLong(0),
                cache.path("pages").asLong(0),
                cache.path("bytes").asLong(0),
                cache.path("cache-miss").asLong(0),
                cache.path("cache-miss-rate").asDouble(0),
                cache.path("encoding-rate").asDouble(0),
                cache.path("overflow").asLong(0));
    }

    private static PostCopyWait postCopyWait(JsonNode result) {
        List<Long> each = new ArrayList<>();
        result.path("postcopy-vcpu-blocktime").forEach(ms -> each.add(ms.asLong(0)));
        return new PostCopyWait(result.path("postcopy-blocktime").asLong(0), each);
    }

    private static @Nullable Long number(JsonNode node) {
        return node.isNumber() ? node.asLong() : null;
    }
}
