package dev.yado.reconcile;

import dev.yado.drift.Drift;
import dev.yado.drift.DriftEntry;
import dev.yado.host.Fleet;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Carries out the rules that bring rows in order. The next comparison tells whether it helped. */
@Component
class HealDrift implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(HealDrift.class);
    private static final Set<DriftKind> KINDS = EnumSet.of(
            DriftKind.GENERATION_LOWERED,
            DriftKind.EPOCH_LOWERED,
            DriftKind.SPEC_DIFFERS,
            DriftKind.ALLOCATION_MISSING,
            DriftKind.ALLOCATION_MOVED);

    private final Drift drift;
    private final VmRecords vms;
    private final Fleet fleet;
    private final TransactionTemplate transactions;

    HealDrift(Drift drift, VmRecords vms, Fleet fleet, TransactionTemplate transactions) {
        this.drift = drift;
        this.vms = vms;
        this.fleet = fleet;
        this.transactions = transactions;
    }

    @Override
    public Duration period() {
        return drift.settings().period();
    }

    @Override
    public void scan() {
        for (DriftEntry entry : drift.lasting(KINDS)) {
            VmId vm = entry.vm();
            HostId host = entry.host();
            if (vm != null && host != null) {
                heal(entry, vm, host);
            }
        }
    }

    private void heal(DriftEntry entry, VmId vm, HostId host) {
        switch (entry.kind().rule()) {
            case RAISE_GENERATION -> {
                // Once is enough: what it was told of last is over by the next comparison.
                if (vms.lagsBehind(vm)) {
                    vms.wantAnew(vm);
                    LOG.info("VM {} is wanted anew: {}, {}", vm, entry.kind(), entry.real());
                }
            }
            case RESTORE_ALLOCATION ->
                transactions.executeWithoutResult(_ -> {
                    if (fleet.restore(vm, host)) {
                        LOG.warn("the allocation of VM {} is put where its guest is, on host {}", vm, host);
                    }
                });
            default -> throw new IllegalStateException("no rule of rows: " + entry.kind());
        }
    }
}
