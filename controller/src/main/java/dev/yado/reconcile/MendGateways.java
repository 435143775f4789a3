package dev.yado.reconcile;

import dev.yado.protocol.network.RouterId;
import dev.yado.router.Gateways;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Gives routers another gateway whose host is lost or can no longer be it, and those one that have none. */
@Component
class MendGateways implements Reconciler {
    private final Gateways gateways;

    MendGateways(Gateways gateways) {
        this.gateways = gateways;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void scan() {
        for (RouterId router : gateways.astray()) {
            gateways.mend(router);
        }
    }
}
