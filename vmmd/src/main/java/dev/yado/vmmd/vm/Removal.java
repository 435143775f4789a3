package dev.yado.vmmd.vm;

import dev.yado.protocol.VmId;
import dev.yado.storage.Pools;
import dev.yado.vmmd.move.StreamKeys;
import dev.yado.vmmd.store.VmStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes all that a deleted VM has on its host, again and again until nothing is left. Only the loop's thread touches it. */
final class Removal {
    private static final Logger log = LoggerFactory.getLogger(Removal.class);
    private static final Duration REMOVE_AGAIN = Duration.ofSeconds(5);

    private final VmId id;
    private final HostParts host;
    private final Consumer<VmEvent> loop;
    private boolean underWay;
    private long againAt = Long.MAX_VALUE;

    Removal(VmId id, HostParts host, Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.loop = loop;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** Whether it may begin now, for the first time or once more. */
    boolean isDue() {
        return !underWay && (againAt == Long.MAX_VALUE || System.nanoTime() >= againAt);
    }

    /** When it is to be tried again, by {@link System#nanoTime}; {@code MAX_VALUE} for never. */
    long nextTick() {
        return againAt;
    }

    void begin() {
        underWay = true;
        againAt = Long.MAX_VALUE;
        Thread.ofVirtual().name("remove " + id).start(() -> {
            Throwable failure = null;
            try {
                removeAll();
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
            loop.accept(new VmEvent.Removed(failure));
        });
    }

    private void removeAll() throws IOException {
        host.cgroups().release(id);
        StreamKeys.remove(host.store().directory(id));
        host.backups().restores().end(id);
        Set<String> sharedPools =
                host.store().tombstone(id).map(VmStore.Tombstone::disksIn).orElse(Set.of());
        host.pools().removeDisks(new Pools.Home(id, host.store().directory(id)), sharedPools);
        host.store().clear(id);
    }

    /** @return true when nothing is left */
    boolean ended(@Nullable Throwable failure) {
        underWay = false;
        if (failure == null) {
            return true;
        }
        log.error("VM {}: it cannot be removed, trying again", id, failure);
        againAt = System.nanoTime() + REMOVE_AGAIN.toNanos();
        return false;
    }
}
