package dev.yado.observe;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The first to stop. Readiness has been taken back by then; the pause lets load balancers see that while calls are still answered.
 */
@Component
final class DrainPause implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(DrainPause.class);

    private final Duration pause;
    private volatile boolean running;

    DrainPause(DrainSettings settings) {
        this.pause = settings.drain();
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        if (pause.isPositive()) {
            LOG.info("not ready any more; calls are answered for another {} ms", pause.toMillis());
            try {
                Thread.sleep(pause);
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
