package dev.yado.reconcile;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.drift.Drift;
import dev.yado.host.Fleet;
import dev.yado.host.HostAgents;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.sync.NetworkCalls;
import dev.yado.vm.Observed;
import dev.yado.vm.Sight;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sends what is wanted to hosts that have not heard of it and for which no operation is open: the operation may have missed its
 * deadline while the host was away, or the guest has powered itself off and is now wanted stopped. What a host refuses is tried
 * again, later and later, and there is an alert until the host takes it or something else is wanted.
 */
@Component
class SendAgain implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(SendAgain.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private final VmRecords vms;
    private final Fleet fleet;
    private final HostAgents hosts;
    private final NetworkCalls networks;
    private final Alerts alerts;
    private final Drift drift;
    /** Only paces this replica: one that starts anew asks each host once more. */
    private final Map<VmId, Refused> refused = new HashMap<>();

    private record Refused(long generation, String detail, Duration pause, Instant nextAt) {}

    SendAgain(VmRecords vms, Fleet fleet, HostAgents hosts, NetworkCalls networks, Alerts alerts, Drift drift) {
        this.drift = drift;
        this.networks = networks;
        this.vms = vms;
        this.fleet = fleet;
        this.hosts = hosts;
        this.alerts = alerts;
    }

    @Override
    public Duration period() {
        return PERIOD;
    }

    @Override
    public void scan() {
        List<VmId> unheard = vms.unheard();
        refused.keySet().retainAll(unheard);
        unheard.forEach(this::send);
        alerts.holds(
                AlertCode.HOST_REFUSES_VM,
                refused.entrySet().stream()
                        .collect(Collectors.toMap(
                                each -> Subject.of(each.getKey()),
                                each -> each.getValue().detail())));
    }

    /** A guest that powered itself off is no drift: what is wanted follows it. */
    private void note(VmId id, HostId host, VmSpec spec) {
        Observed before = vms.sight(id).map(Sight::observed).orElse(null);
        if (before == null || before.cause() == null || before.cause().code() != Cause.Code.GUEST_SHUTDOWN) {
            drift.healed(
                    DriftKind.HOST_NOT_TOLD,
                    host,
                    id,
                    "VM " + id,
                    "generation " + spec.generation() + ", " + spec.desired(),
                    before == null ? "nothing" : "generation " + before.generation(),
                    "the host had not heard of it");
        }
    }

    private void send(VmId id) {
        fleet.hostOf(id).ifPresent(host -> vms.spec(id).ifPresent(spec -> send(host, spec)));
    }

    private void send(HostId host, VmSpec spec) {
        Refused before = refused.get(spec.id());
        if (before != null && before.generation() != spec.generation()) {
            before = null;
        }
        if (before != null && Instant.now().isBefore(before.nextAt())) {
            return;
        }
        try {
            // It may have lost them together with the VM.
            spec.nics().stream().map(NicSpec::network).distinct().forEach(network -> networks.put(network, host));
            hosts.of(host).put(new CallFence(OperationId.random(), "reconcile", 0), spec);
            refused.remove(spec.id());
            note(spec.id(), host, spec);
        } catch (HostUnreachable e) {
            LOG.debug("VM {} generation {} cannot be sent again: {}", spec.id(), spec.generation(), e.getMessage());
        } catch (HostRefusal e) {
            Duration pause = before == null ? PERIOD : shorter(before.pause().multipliedBy(2), LONGEST_PAUSE);
            String detail = "host " + host + " refuses generation " + spec.generation() + " with " + e.code() + ": "
                    + e.getMessage();
            refused.put(
                    spec.id(),
                    new Refused(spec.generation(), detail, pause, Instant.now().plus(pause)));
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
