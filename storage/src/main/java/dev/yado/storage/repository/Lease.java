package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that somebody is at work. It begins with object {@code FOLDER/ID/0} and goes on with others; their age by the store's clock
 * counts, so that no machine's clock is trusted. It ends by itself: there is nothing to unlock.
 */
final class Lease implements AutoCloseable {
    /** While one holds, nothing is deleted that its holder may have counted on. */
    static final String WRITERS = "writers/";

    /** One may hold at a time. */
    static final String COLLECTORS = "collectors/";

    /** For which it holds from the time at which its last object was sent. */
    static final Duration TERM = Duration.ofMinutes(15);

    /** Clocks go at other speeds, calls are under way, shared file systems show old lists: for all of it together. */
    static final Duration GRACE = Duration.ofMinutes(5);

    private static final Duration RENEWED_EVERY = Duration.ofMinutes(3);
    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

    private final ObjectStore store;
    private final String folder;
    private final ByteBuffer content;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ending = lock.newCondition();
    private long sentAt;
    private int number;
    private boolean ended;

    /** @param who for people */
    Lease(ObjectStore store, String kind, String who) {
        this.store = store;
        folder = kind + UUID.randomUUID() + "/";
        content = ByteBuffer.wrap(who.getBytes(StandardCharsets.UTF_8)).asReadOnlyBuffer();
        sentAt = System.nanoTime();
        store.put(folder + number, content.duplicate());
        Thread.ofVirtual().name("repository lease").start(this::renew);
    }

    private void renew() {
        lock.lock();
        try {
            while (!ended) {
                if (ending.awaitNanos(RENEWED_EVERY.toNanos()) > 0 || ended) {
                    continue;
                }
                long sent = System.nanoTime();
                try {
                    store.put(folder + (number + 1), content.duplicate());
                    sentAt = sent;
                    number++;
                    if (number > 1) {
                        store.delete(folder + (number - 1));
                    }
                } catch (YadoException e) {
                    LOG.warn("the lease on {} was not renewed", store.where(), e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /**
     * @param rest for which it must still hold
     * @throws YadoException {@link ErrorCode#BACKUP_FAILED} when it does not
     */
    void need(Duration rest) {
        lock.lock();
        try {
            if (System.nanoTime() - sentAt > TERM.minus(rest).toNanos()) {
                throw new YadoException(
                        ErrorCode.BACKUP_FAILED,
                        "The repository in " + store.where()
                                + " did not take a sign of life for too long; what was written"
                                + " may have been collected as garbage.");
            }
        } finally {
            lock.unlock();
        }
    }

    /** When one began and was last renewed, by the store's clock. */
    record Seen(Instant begun, Instant renewed) {
        /** Whether its holder may still think that it holds. */
        boolean mayHold(Instant now) {
            return renewed.plus(TERM).plus(GRACE).isAfter(now);
        }

        private Seen and(Seen other) {
            return new Seen(
                    begun.isBefore(other.begun) ? begun : other.begun,
                    renewed.isAfter(other.renewed) ? renewed : other.renewed);
        }
    }

    String folder() {
        return folder;
    }

    /** By folder, those that are over too. */
    static Map<String, Seen> all(ObjectStore store, String kind) {
        Map<String, Seen> leases = new HashMap<>();
        store.list(kind, each -> {
            int end = each.name().lastIndexOf('/') + 1;
            leases.merge(each.name().substring(0, end), new Seen(each.modified(), each.modified()), Seen::and);
        });
        return leases;
    }

    static void delete(ObjectStore store, String folder) {
        Map<String, Instant> objects = new HashMap<>();
        store.list(folder, each -> objects.put(each.name(), each.modified()));
        objects.keySet().forEach(store::delete);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            ending.signalAll();
            delete(store, folder);
        } catch (YadoException e) {
            LOG.warn("the lease on {} ends by itself", store.where(), e);
        } finally {
            lock.unlock();
        }
    }
}
