package dev.yado.operation;

import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Wakes operations from within other transactions. Those may hold the row of an operation already, so they never wait for another
 * one: two that did would wait for each other. What somebody else holds at that moment is woken by a transaction of its own, once
 * the caller's has committed. Should this replica die between the two, the operation looks by itself when its wait is over.
 */
@Component
class WakeUps {
    private static final Logger LOG = LoggerFactory.getLogger(WakeUps.class);

    private final OperationQueue queue;
    private final WakeChannel channel;
    private final Set<UUID> late = ConcurrentHashMap.newKeySet();
    private final ReentrantLock oneAtATime = new ReentrantLock();

    WakeUps(OperationQueue queue, WakeChannel channel) {
        this.queue = queue;
        this.channel = channel;
    }

    void wake(Collection<UUID> targets) {
        tell(queue.wakeFree(targets));
    }

    void wakeTopic(String topic) {
        tell(queue.wakeFreeOfTopic(topic));
    }

    private void tell(OperationQueue.Woken woken) {
        if (woken.free() > 0) {
            channel.signalAfterCommit();
        }
        if (!woken.held().isEmpty()) {
            WakeChannel.afterCommit(() -> {
                late.addAll(woken.held());
                Thread.ofVirtual().name("operations-wake").start(this::wakeLate);
            });
        }
    }

    private void wakeLate() {
        oneAtATime.lock();
        try {
            Set<UUID> ids = Set.copyOf(late);
            if (!ids.isEmpty()) {
                late.removeAll(ids);
                queue.wakeAll(ids);
                channel.signal();
            }
        } catch (DataAccessException | TransactionException e) {
            LOG.debug("not woken, they look by themselves when their wait is over", e);
        } finally {
            oneAtATime.unlock();
        }
    }
}
