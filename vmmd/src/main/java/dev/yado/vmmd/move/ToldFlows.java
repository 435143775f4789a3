package dev.yado.vmmd.move;

import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.vmmd.network.FlowWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the destination of the guest's connections while it leaves: all while it runs, and at the end what is new. What cannot be told
 * costs the guest connections, never the move.
 */
final class ToldFlows {
    private static final Logger log = LoggerFactory.getLogger(ToldFlows.class);
    private static final Duration ANSWER = Duration.ofSeconds(8);

    private final VmId vm;
    private final FlowWatch flows;
    private final Peer peer;
    private volatile @Nullable CompletableFuture<Void> last;

    ToldFlows(VmId vm, FlowWatch flows, Peer peer) {
        this.vm = vm;
        this.flows = flows;
        this.peer = peer;
    }

    synchronized void tell() {
        List<MovedFlow> news = flows.news();
        if (news.isEmpty()) {
            return;
        }
        try {
            peer.flows(news, ANSWER);
            log.debug("VM {}: {} of its flows are told", vm, news.size());
        } catch (IOException e) {
            flows.untold(news);
            log.info("VM {}: the destination does not hear of {} flows: {}", vm, news.size(), e.getMessage());
        }
    }

    /** The guest is held: there is nothing new after this. Does not wait. */
    void tellLast() {
        CompletableFuture<Void> telling = new CompletableFuture<>();
        last = telling;
        Thread.ofVirtual().name("flows of " + vm).start(() -> {
            try {
                tell();
            } finally {
                telling.complete(null);
            }
        });
    }

    /** Returns when the last is told, or the patience is over: the guest is held meanwhile. */
    void awaitLast(Duration patience) throws InterruptedException {
        if (last == null) {
            tellLast();
        }
        try {
            CompletableFuture<Void> telling = last;
            if (telling != null) {
                telling.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException e) {
            log.info("VM {}: the destination takes its time with its last flows: it is not waited for", vm);
        } catch (ExecutionException e) {
            log.warn("VM {}: its last flows are not told", vm, e);
        }
    }
}
