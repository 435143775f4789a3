package dev.yado.protocol.migration;

import dev.yado.protocol.Cause;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far an arrival is.
 *
 * @param endpoint where the source connects to; null before READY
 * @param cause why it was aborted, when nobody asked for it
 * @param doing what it is at while PREPARING, a part of a sentence for people; null: nothing that takes long
 * @param ranAt when the guest was let run here, by this host's clock; null before, for one that came held, and where it is not known
 */
public record ArrivalAnswer(
        MigrationId id,
        Phase phase,
        @Nullable Endpoint endpoint,
        @Nullable Cause cause,
        @Nullable String doing,
        @Nullable Instant ranAt) {
    /** Of one that was not let run here. */
    public ArrivalAnswer(MigrationId id, Phase phase, @Nullable Endpoint endpoint, @Nullable Cause cause) {
        this(id, phase, endpoint, cause, null, null);
    }

    public enum Phase {
        PREPARING,
        /** The source may begin. */
        READY,
        /** Final: the guest has been let run here (or, stopped, belongs here). */
        ARRIVED,
        /** Final: it never runs here under this migration. */
        ABORTED
    }

    /**
     * @param address of the streams, as the source reaches it
     * @param memoryPort null for a VM that does not run
     * @param diskPort of an NBD server whose exports are named as the disks' ids; null when no disk is copied
     * @param tlsName the name in the destination's certificate
     * @param postCopy the guest may be let run there before all its memory has come
     */
    public record Endpoint(
            String address,
            @Nullable Integer memoryPort,
            @Nullable Integer diskPort,
            String tlsName,
            boolean postCopy) {
        /** Of a destination that takes no guest before all its memory has come. */
        public Endpoint(String address, @Nullable Integer memoryPort, @Nullable Integer diskPort, String tlsName) {
            this(address, memoryPort, diskPort, tlsName, false);
        }
    }
}
