package dev.yado.storage;

import dev.yado.protocol.Mebibytes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * @param owner the user that QEMU runs as; null when it is the daemon's own
 * @param reserve what every fetch and creation leaves free for the guests that run
 * @param stall a download without a new byte for this long is given up
 * @param slowestBytesPerSecond a download that would need longer than its length by this rate, plus {@code stall}, is given up
 * @param grace an image is evicted only when nobody asked for it for this long
 */
public record PoolSettings(
        @Nullable FileOwner owner, Mebibytes reserve, Duration stall, long slowestBytesPerSecond, Duration grace) {
    public static final PoolSettings DEFAULT =
            new PoolSettings(null, new Mebibytes(256), Duration.ofSeconds(30), 256 << 10, Duration.ofHours(1));

    public PoolSettings withOwner(@Nullable FileOwner newOwner) {
        return new PoolSettings(newOwner, reserve, stall, slowestBytesPerSecond, grace);
    }
}
