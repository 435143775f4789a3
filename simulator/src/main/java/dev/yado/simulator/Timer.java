package dev.yado.simulator;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One platform thread that keeps the time for all hosts; what is due runs on virtual threads. */
final class Timer {
    private static final Logger LOG = LoggerFactory.getLogger(Timer.class);
    private static final ScheduledExecutorService WHEEL = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("simulated-time").factory());

    private Timer() {}

    static void after(Duration delay, Runnable work) {
        WHEEL.schedule(() -> run(work), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** A turn that is not over when the next one is due is waited for: that one is left out. */
    static Future<?> every(Duration first, Duration period, Runnable work) {
        AtomicBoolean atWork = new AtomicBoolean();
        return WHEEL.scheduleAtFixedRate(
                () -> {
                    if (atWork.compareAndSet(false, true)) {
                        Thread.startVirtualThread(() -> {
                            try {
                                guarded(work);
                            } finally {
                                atWork.set(false);
                            }
                        });
                    }
                },
                first.toNanos(),
                period.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(Runnable work) {
        Thread.startVirtualThread(() -> guarded(work));
    }

    private static void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.debug("in the background", e);
        }
    }
}
