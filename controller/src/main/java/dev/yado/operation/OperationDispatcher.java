package dev.yado.operation;

import dev.yado.protocol.OperationId;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** Claims what is due and gives each to a virtual thread; renews the leases of those that are at work. */
@Component
class OperationDispatcher implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(OperationDispatcher.class);
    private static final int BATCH = 64;
    private static final Duration LAST_STEPS = Duration.ofSeconds(5);

    private final OperationSettings settings;
    private final ReplicaName name;
    private final OperationQueue queue;
    private final OperationRunner runner;
    private final WakeChannel wakes;
    private final InFlight inFlight;
    private final Map<OperationId, Work> atWork = new ConcurrentHashMap<>();
    private volatile boolean running;
    private volatile boolean unanswered;
    private volatile long turnAt = System.nanoTime();
    private @Nullable ExecutorService workers;
    private @Nullable Thread claimer;
    private @Nullable Thread renewer;

    private record Work(long epoch, Thread thread) {}

    OperationDispatcher(
            OperationSettings settings,
            ReplicaName name,
            OperationQueue queue,
            OperationRunner runner,
            WakeChannel wakes) {
        this.settings = settings;
        this.name = name;
        this.queue = queue;
        this.runner = runner;
        this.wakes = wakes;
        this.inFlight = new InFlight(settings.inFlight());
    }

    @Override
    public void start() {
        running = true;
        wakes.start();
        workers = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("operation-", 0).factory());
        int left = queue.release(name.get());
        if (left > 0) {
            LOG.info("taking up {} operations that {} held when it ended", left, name.get());
        }
        claimer = Thread.ofVirtual().name("operations-claim").start(this::claimLoop);
        renewer = Thread.ofVirtual().name("operations-renew").start(this::renewLoop);
    }

    /** Since it last looked for something due. */
    Duration sinceTurn() {
        return Duration.ofNanos(System.nanoTime() - turnAt);
    }

    /** False from the first claim that the database did not answer until one that it did. */
    boolean claims() {
        return !unanswered;
    }

    private void claimLoop() {
        while (running) {
            turnAt = System.nanoTime();
            try {
                if (!claimDue()) {
                    wakes.awaitDue(settings.poll());
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** @return whether more may be due than was taken */
    private boolean claimDue() {
        if (inFlight.room(Priority.URGENT) == 0) {
            return inFlight.refuse(Priority.URGENT);
        }
        try {
            List<Lane> due = queue.dueLanes();
            boolean more = false;
            for (Priority priority : Priority.values()) {
                more |= claimDue(
                        priority,
                        due.stream().filter(lane -> lane.priority() == priority).toList());
            }
            if (unanswered) {
                LOG.info("PostgreSQL answers again");
                unanswered = false;
            }
            return more;
        } catch (DataAccessException | TransactionException e) {
            if (!unanswered && running) {
                LOG.warn("nothing claimed until PostgreSQL answers: {}", e.getMessage());
                unanswered = true;
            }
            return false;
        }
    }

    private boolean claimDue(Priority priority, List<Lane> lanes) {
        if (lanes.isEmpty()) {
            return false;
        }
        int room = Math.min(BATCH, inFlight.room(priority));
        if (room == 0) {
            return inFlight.refuse(priority);
        }
        List<Claim> claims = queue.claim(name.get(), settings.lease(), inFlight.share(lanes, room));
        claims.forEach(this::begin);
        return !claims.isEmpty();
    }

    private void begin(Claim claim) {
        ExecutorService executor = workers;
        if (executor == null) {
            return;
        }
        inFlight.begun(claim.lane());
        executor.execute(() -> {
            Work work = new Work(claim.epoch(), Thread.currentThread());
            atWork.put(claim.id(), work);
            try {
                runner.run(claim);
            } catch (RuntimeException e) {
                LOG.error("operation {} is left to its lease", claim.id(), e);
            } finally {
                atWork.remove(claim.id(), work);
                if (inFlight.ended(claim.lane())) {
                    wakes.lookAgain();
                }
            }
        });
    }

    private void renewLoop() {
        while (running) {
            try {
                Thread.sleep(settings.lease().dividedBy(3));
                renew();
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                if (!unanswered && running) {
                    LOG.warn("leases not renewed: {}", e.getMessage());
                }
            }
        }
    }

    private void renew() {
        Map<OperationId, Work> present = new HashMap<>(atWork);
        if (present.isEmpty()) {
            return;
        }
        Map<OperationId, Long> epochs = new HashMap<>();
        present.forEach((id, work) -> epochs.put(id, work.epoch()));
        Set<OperationId> held = new HashSet<>(queue.renew(epochs, settings.lease()));
        present.forEach((id, work) -> {
            // Ended a moment ago, or lost: only who is still at work on the same claim is stopped.
            if (!held.contains(id) && work.equals(atWork.get(id))) {
                LOG.info("the lease of operation {} is lost, its runner stops", id);
                work.thread().interrupt();
            }
        });
    }

    @Override
    public void stop() {
        running = false;
        try {
            wakes.signalHere();
            join(claimer);
            Thread renewing = renewer;
            if (renewing != null) {
                renewing.interrupt();
                join(renewing);
            }
            ExecutorService executor = workers;
            if (executor != null) {
                executor.shutdown();
                if (!executor.awaitTermination(LAST_STEPS.toMillis(), TimeUnit.MILLISECONDS)) {
                    executor.shutdownNow();
                    executor.awaitTermination(LAST_STEPS.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
            wakes.stop();
            queue.release(name.get());
            name.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DataAccessException | TransactionException e) {
            LOG.info("leases are left to their end: {}", e.getMessage());
        }
    }

    /** An interrupt in the middle of a statement costs a connection, so it is the second means. */
    private static void join(@Nullable Thread thread) throws InterruptedException {
        if (thread != null && !thread.join(LAST_STEPS)) {
            thread.interrupt();
            thread.join();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
