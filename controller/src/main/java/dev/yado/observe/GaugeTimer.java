package dev.yado.observe;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Reads all gauges every few seconds. While they cannot be read they stay, and {@link Metric#MEASURED} says since when. */
@Component
final class GaugeTimer implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(GaugeTimer.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final List<Gauges> gauges;
    private volatile boolean running;
    private @Nullable Thread thread;

    GaugeTimer(List<Gauges> gauges) {
        this.gauges = gauges;
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofVirtual().name("gauges").start(this::loop);
    }

    private void loop() {
        while (running) {
            try {
                gauges.forEach(Gauges::read);
                Measure.set(Metric.MEASURED, System.currentTimeMillis() / 1e3);
            } catch (RuntimeException e) {
                LOG.debug("gauges not read", e);
            }
            try {
                Thread.sleep(PERIOD);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        Thread reading = thread;
        if (reading != null) {
            reading.interrupt();
            try {
                reading.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
