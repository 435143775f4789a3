package dev.yado.reconcile;

import dev.yado.drift.Drift;
import dev.yado.drift.DriftEntry;
import dev.yado.host.Fleet;
import dev.yado.host.HostAgents;
import dev.yado.host.HostWitness;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Carries out what the administrator has said of guests that nobody knows: they become VMs, or their hosts end them. */
@Component
class ResolveUnknownGuests implements Reconciler {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Drift drift;
    private final VmRecords vms;
    private final Fleet fleet;
    private final HostAgents hosts;
    private final HostWitness witness;
    private final TransactionTemplate transactions;

    ResolveUnknownGuests(
            Drift drift,
            VmRecords vms,
            Fleet fleet,
            HostAgents hosts,
            HostWitness witness,
            TransactionTemplate transactions) {
        this.drift = drift;
        this.vms = vms;
        this.fleet = fleet;
        this.hosts = hosts;
        this.witness = witness;
        this.transactions = transactions;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void scan() {
        for (DriftEntry entry : drift.lasting(EnumSet.of(DriftKind.GUEST_WITHOUT_ROW))) {
            DriftEntry.Resolution resolution = entry.resolution();
            VmId vm = entry.vm();
            HostId host = entry.host();
            if (resolution == null
                    || vm == null
                    || host == null
                    || vms.sight(vm).isPresent()) {
                continue;
            }
            try {
                GuestStory story = witness.story(host, vm, PATIENCE);
                switch (resolution) {
                    case ADOPT -> adopt(entry, vm, host, story.spec());
                    case REMOVE -> {
                        hosts.of(host)
                                .delete(
                                        new CallFence(OperationId.random(), "remove-unknown", 0),
                                        vm,
                                        story.report().generation() + 1);
                        drift.note(entry, "the host was told to remove it");
                    }
                }
            } catch (YadoException e) {
                drift.note(entry, "tried again: " + e.code() + ", " + e.getMessage());
            }
        }
    }

    private void adopt(DriftEntry entry, VmId vm, HostId host, @Nullable VmSpec spec) {
        if (spec == null) {
            drift.note(entry, "its host is removing it");
            return;
        }
        transactions.executeWithoutResult(_ -> {
            vms.adopt(spec, drift.tenantOf(entry).orElse(spec.tenantId()));
            fleet.restore(vm, host);
        });
        drift.note(entry, "adopted");
    }
}
