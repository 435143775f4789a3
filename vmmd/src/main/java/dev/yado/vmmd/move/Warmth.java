package dev.yado.vmmd.move;

import dev.yado.protocol.VmId;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the connection to the destination's daemon warm while the guest is copied, and knows when that was last heard of. */
final class Warmth {
    private static final Logger log = LoggerFactory.getLogger(Warmth.class);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);

    private final VmId vm;
    private final Peer peer;
    private final ToldFlows flows;
    private long warmedAt = System.nanoTime();
    private volatile long answeredAt = warmedAt;

    Warmth(VmId vm, Peer peer, ToldFlows flows) {
        this.vm = vm;
        this.peer = peer;
        this.flows = flows;
    }

    /** To be called often. Does not wait. */
    void keep() {
        long now = System.nanoTime();
        if (now - warmedAt > Peer.KEEP_WARM.toNanos()) {
            warmedAt = now;
            Thread.ofVirtual().start(() -> {
                try {
                    peer.arrival(Peer.ANSWER);
                    answeredAt = System.nanoTime();
                    flows.tell();
                } catch (IOException e) {
                    log.debug("VM {}: the destination does not answer", vm, e);
                }
            });
        }
    }

    /** The guest's writes wait for the other side: not for long for one that is gone. */
    void requireDestination(CopiedDisks disks) throws IOException {
        Duration silent = Duration.ofNanos(System.nanoTime() - answeredAt);
        if (disks.follows() && silent.compareTo(LONGEST_SILENCE) > 0) {
            throw new IOException("The destination has not answered for " + silent.toSeconds()
                    + " s, and what the guest writes has to reach it.");
        }
    }
}
