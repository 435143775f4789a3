package dev.yado.operation;

import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Wakes this replica when a wait that it has written ends; without it that would wait for the next poll. */
@Component
class RetryTimer {
    private final WakeChannel wakes;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("operations-timer").factory());

    RetryTimer(WakeChannel wakes) {
        this.wakes = wakes;
    }

    void wakeIn(Duration delay) {
        if (delay.compareTo(Duration.ofMinutes(1)) < 0 && !timer.isShutdown()) {
            // One millisecond more: the database's clock must have passed the time too.
            timer.schedule(wakes::signalHere, delay.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
    }

    @PreDestroy
    void stop() {
        timer.shutdownNow();
    }
}
