package dev.yado.vm;

import dev.yado.protocol.Disruption;
import dev.yado.protocol.HostId;
import java.time.Instant;
import java.time.YearMonth;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A time in which the platform kept a guest from running as it would. @param host that told it */
record DisruptionView(
        Instant at,
        Disruption.Kind kind,
        double ms,
        @Nullable String detail,
        HostId host) {
    private static final long MICROS = 1_000_000;

    /** Its place in the ledger of its VM. */
    UUID place() {
        return new UUID(at.getEpochSecond() * MICROS + at.getNano() / 1000, kind.ordinal());
    }

    /** The moment of a place. */
    static Instant at(UUID place) {
        long micros = place.getMostSignificantBits();
        return Instant.ofEpochSecond(Math.floorDiv(micros, MICROS), Math.floorMod(micros, MICROS) * 1000);
    }

    /** @throws IllegalArgumentException for what is no place */
    static Disruption.Kind kind(UUID place) {
        Disruption.Kind[] kinds = Disruption.Kind.values();
        long ordinal = place.getLeastSignificantBits();
        if (ordinal < 0 || ordinal >= kinds.length) {
            throw new IllegalArgumentException("no kind " + ordinal);
        }
        return kinds[(int) ordinal];
    }

    /** All of one kind in one month of UTC. */
    record Sum(YearMonth month, Disruption.Kind kind, long times, double ms, double longestMs) {}
}
