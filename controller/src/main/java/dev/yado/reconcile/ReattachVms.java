package dev.yado.reconcile;

import dev.yado.host.Fleet;
import dev.yado.host.HostWitness;
import dev.yado.operation.Operations;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.vm.Reattaching;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * After the controller was restored from a backup: asks the host of each VM what it holds of it, and makes the rows say so. A VM that
 * two hosts hold, or none, waits for an administrator; nothing is deleted.
 */
@Component
class ReattachVms implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(ReattachVms.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final VmRecords vms;
    private final Fleet fleet;
    private final HostWitness witness;
    private final Operations operations;
    private final TransactionTemplate transactions;

    ReattachVms(
            VmRecords vms, Fleet fleet, HostWitness witness, Operations operations, TransactionTemplate transactions) {
        this.vms = vms;
        this.fleet = fleet;
        this.witness = witness;
        this.operations = operations;
        this.transactions = transactions;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void scan() {
        for (Reattaching.Waiting waiting : vms.unconfirmed()) {
            try {
                attend(waiting);
            } catch (YadoException e) {
                vms.notConfirmed(waiting.vm(), String.valueOf(e.getMessage()), false);
            }
        }
    }

    private void attend(Reattaching.Waiting waiting) {
        VmId vm = waiting.vm();
        List<Reattaching.Holder> holders = waiting.holders();
        if (waiting.moving()) {
            vms.notConfirmed(vm, "a move of it that was under way is brought to its end first", false);
        } else if (holders.size() > 1) {
            vms.notConfirmed(
                    vm,
                    "more than one host holds it: "
                            + holders.stream()
                                    .map(each -> "host " + each.host() + " says " + each.state())
                                    .collect(Collectors.joining(", "))
                            + "; nothing is touched before one is gone",
                    false);
        } else if (holders.isEmpty()) {
            nobodyHolds(waiting);
        } else {
            ask(vm, holders.getFirst());
        }
    }

    private void nobodyHolds(Reattaching.Waiting waiting) {
        if (waiting.unheard().isEmpty()) {
            vms.notConfirmed(
                    waiting.vm(),
                    "no host holds anything of it: it was deleted after the backup was made, or it is lost; delete it",
                    true);
        } else {
            vms.notConfirmed(
                    waiting.vm(),
                    "no host that was heard of since the controller was restored holds it; not heard of yet: "
                            + String.join(", ", waiting.unheard()),
                    false);
        }
    }

    private void ask(VmId vm, Reattaching.Holder holder) {
        HostId host = holder.host();
        GuestStory story = witness.story(host, vm, PATIENCE);
        VmSpec held = story.spec();
        ObservedState state = story.report().state();
        if (held == null) {
            vms.notConfirmed(vm, "host " + host + " is removing it, as it was told after the backup was made", false);
        } else if (state == ObservedState.ARRIVING || state == ObservedState.DEPARTED) {
            vms.notConfirmed(
                    vm,
                    "it was moving when the controller was lost: host " + host + " says " + state
                            + ", and the other host was not heard of yet",
                    false);
        } else {
            reattach(vm, host, story, held);
        }
    }

    private void reattach(VmId vm, HostId host, GuestStory story, VmSpec held) {
        transactions.executeWithoutResult(_ -> {
            vms.lock(vm);
            boolean placed = fleet.hostOf(vm).filter(host::equals).isPresent() || fleet.restore(vm, host);
            if (!placed) {
                vms.notConfirmed(
                        vm,
                        "host " + host + " holds it, and the host that it had when the backup was made was not heard"
                                + " of yet",
                        false);
                return;
            }
            boolean anew = vms.reattach(vm, story.report(), held);
            LOG.info(
                    "VM {} is confirmed by host {}, which has generation {}, run epoch {}{}",
                    vm,
                    host,
                    story.report().generation(),
                    story.report().runEpoch(),
                    anew ? ": newer than the backup, so that is what is wanted from now on" : "");
        });
        operations.wake(List.of(vm.value()));
    }
}
