package dev.yado.trust;

import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** This replica's own certificate, issued by itself, held in memory alone and replaced at half of its life. */
@Component
class ControllerIdentity implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerIdentity.class);
    private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);
    private static final Duration SHORTEST_SLEEP = Duration.ofMillis(50);

    private final CertificateAuthority ca;
    private final Duration lifetime;
    private final Machine self = new Machine(Machine.Role.CONTROLLER, UUID.randomUUID());
    private final MachineTls tls;
    private volatile Thread thread = Thread.ofVirtual().unstarted(() -> {});
    private volatile boolean running;

    ControllerIdentity(CertificateAuthority ca, TrustSettings settings) {
        this.ca = ca;
        this.lifetime = settings.controllerLifetime();
        this.tls = new MachineTls(fresh());
    }

    MachineTls tls() {
        return tls;
    }

    private Identity fresh() {
        return ca.identity(self, "controller", lifetime);
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofVirtual().name("controller-certificate").start(this::rotate);
    }

    private void rotate() {
        try {
            while (running) {
                Duration left = Duration.between(Instant.now(), tls.identity().renewAt());
                if (left.isPositive()) {
                    Duration sleep = left.compareTo(LONGEST_SLEEP) < 0 ? left : LONGEST_SLEEP;
                    Thread.sleep(sleep.compareTo(SHORTEST_SLEEP) < 0 ? SHORTEST_SLEEP : sleep);
                } else {
                    tls.replace(fresh());
                    LOG.info(
                            "this controller has a new certificate until {}",
                            tls.identity().expiresAt());
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        running = false;
        thread.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
