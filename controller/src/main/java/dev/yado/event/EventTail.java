package dev.yado.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Reads new events once for all who watch through this replica, and only while somebody watches. A watcher that is slow loses the
 * tail, never an event: it is told, and reads on from the table.
 */
@Component
class EventTail implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(EventTail.class);
    private static final Duration PERIOD = Duration.ofMillis(100);
    private static final int BATCH = 1_000;
    private static final int QUEUE = 4_096;

    private final EventRows rows;
    private final List<Watch> watches = new ArrayList<>();
    private EventPlace place = new EventPlace(0, 0);
    private volatile boolean running;
    private @Nullable Thread reader;

    EventTail(EventRows rows) {
        this.rows = rows;
    }

    /** One watcher's end of the tail. */
    final class Watch implements AutoCloseable {
        private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(QUEUE);
        private volatile boolean overrun;

        /** The next event, or null after the time. */
        @Nullable
        Event next(Duration atMost) throws InterruptedException {
            return queue.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
        }

        /** Events were left out: close this one and begin again from the table. */
        boolean overrun() {
            return overrun;
        }

        @Override
        public void close() {
            synchronized (watches) {
                watches.remove(this);
            }
        }
    }

    /** Has every event from now on; what is in the table already may come as well. */
    Watch watch() {
        synchronized (watches) {
            if (watches.isEmpty()) {
                place = rows.present();
            }
            Watch watch = new Watch();
            watches.add(watch);
            watches.notifyAll();
            return watch;
        }
    }

    int watchers() {
        synchronized (watches) {
            return watches.size();
        }
    }

    @Override
    public void start() {
        running = true;
        reader = Thread.ofVirtual().name("events").start(this::read);
    }

    private void read() {
        while (running) {
            try {
                synchronized (watches) {
                    while (watches.isEmpty()) {
                        watches.wait();
                    }
                }
                if (!pass()) {
                    Thread.sleep(PERIOD);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** @return whether there may be more at once */
    private boolean pass() {
        EventPlace from;
        synchronized (watches) {
            from = place;
        }
        List<Event> events;
        try {
            events = rows.after(from, BATCH);
        } catch (DataAccessException | TransactionException e) {
            LOG.debug("no events until PostgreSQL answers", e);
            return false;
        }
        synchronized (watches) {
            // The last watcher left and another came meanwhile: its place is newer, and it reads what is before it from
            // the table.
            if (events.isEmpty() || !place.equals(from)) {
                return false;
            }
            place = events.getLast().place();
            for (Watch watch : watches) {
                for (Event event : events) {
                    watch.overrun |= !watch.queue.offer(event);
                }
            }
        }
        return events.size() == BATCH;
    }

    boolean ending() {
        return !running;
    }

    @Override
    public void stop() {
        running = false;
        Thread reading = reader;
        if (reading != null) {
            reading.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
