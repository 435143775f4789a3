package dev.yado.network.service;

import dev.yado.protocol.NicId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** How much of the metadata service one card may have: requests in a time, connections at once. cloud-init asks some 60 times. */
final class GuestLimits {
    static final int BURST = 200;
    static final int PER_SECOND = 20;
    static final int AT_ONCE = 8;

    private static final long NANOS = 1_000_000_000L;

    private static final class Bucket {
        double left = BURST;
        long filled;
        int open;
    }

    private final LongSupplier nanoTime;
    private final Map<NicId, Bucket> buckets = new HashMap<>();

    GuestLimits(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether it may have one more connection; if so, {@link #leave} has to follow. */
    synchronized boolean enter(NicId nic) {
        Bucket bucket = bucket(nic);
        if (bucket.open >= AT_ONCE) {
            return false;
        }
        bucket.open++;
        return true;
    }

    synchronized void leave(NicId nic) {
        bucket(nic).open--;
    }

    synchronized boolean take(NicId nic) {
        Bucket bucket = bucket(nic);
        long now = nanoTime.getAsLong();
        bucket.left = Math.min(BURST, bucket.left + (double) (now - bucket.filled) / NANOS * PER_SECOND);
        bucket.filled = now;
        if (bucket.left < 1) {
            return false;
        }
        bucket.left--;
        return true;
    }

    /** Forgets cards that are not any more. */
    synchronized void keep(Set<NicId> nics) {
        buckets.entrySet().removeIf(entry -> entry.getValue().open == 0 && !nics.contains(entry.getKey()));
    }

    private Bucket bucket(NicId nic) {
        return buckets.computeIfAbsent(nic, created -> {
            Bucket bucket = new Bucket();
            bucket.filled = nanoTime.getAsLong();
            return bucket;
        });
    }
}
