package dev.yado.reconcile;

import dev.yado.host.Fleet;
import dev.yado.host.HostAgents;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sends what is wanted to hosts that have not heard of it and for which no operation is open: the operation may have missed its
 * deadline while the host was away, or the guest has powered itself off and is now wanted stopped.
 */
@Component
class SendAgain implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(SendAgain.class);

    private final VmRecords vms;
    private final Fleet fleet;
    private final HostAgents hosts;

    SendAgain(VmRecords vms, Fleet fleet, HostAgents hosts) {
        this.vms = vms;
        this.fleet = fleet;
        this.hosts = hosts;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(5);
    }

    @Override
    public void scan() {
        vms.unheard().forEach(this::send);
    }

    private void send(VmId id) {
        fleet.hostOf(id)
                .ifPresent(host -> vms.spec(id).ifPresent(spec -> {
                    try {
                        hosts.of(host).put(new CallFence(OperationId.random(), "reconcile", 0), spec);
                    } catch (HostRefusal | HostUnreachable e) {
                        LOG.info("VM {} generation {}, sent again: {}", id, spec.generation(), e.getMessage());
                    }
                }));
    }
}
