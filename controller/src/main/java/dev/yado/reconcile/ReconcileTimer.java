package dev.yado.reconcile;

import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Runs every reconciler at its period, each on a thread of its own. A scan that fails is tried again at the next turn. */
@Component
class ReconcileTimer implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(ReconcileTimer.class);

    private final List<Reconciler> reconcilers;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean running;

    ReconcileTimer(List<Reconciler> reconcilers) {
        this.reconcilers = reconcilers;
    }

    @Override
    public void start() {
        running = true;
        for (Reconciler reconciler : reconcilers) {
            String name = reconciler.getClass().getSimpleName();
            threads.add(Thread.ofVirtual().name("reconcile-" + name).start(() -> loop(name, reconciler)));
        }
    }

    private void loop(String name, Reconciler reconciler) {
        while (running) {
            try {
                Thread.sleep(reconciler.period());
                watched(name, reconciler);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (running) {
                    LOG.warn("{} failed, it runs again in {}", name, reconciler.period(), e);
                }
            }
        }
    }

    private static void watched(String name, Reconciler reconciler) {
        long began = System.nanoTime();
        String outcome = "failed";
        try {
            reconciler.scan();
            outcome = "done";
        } finally {
            Measure.time(Metric.RECONCILER_DURATION, Duration.ofNanos(System.nanoTime() - began), name, outcome);
        }
    }

    @Override
    public void stop() {
        running = false;
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.clear();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
