package dev.yado.snapshot;

import dev.yado.api.Caller;
import dev.yado.api.generated.model.Plan;
import dev.yado.network.NewNic;
import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.NewVm;
import dev.yado.vm.VmMaking;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes VMs from snapshots, by the way of any other new VM: its disks are copied from the snapshot by the host that has it. Until then
 * neither the VM of the snapshot nor any snapshot of it is deleted.
 */
@Service
public class Clones {
    private final Snapshots snapshots;
    private final SnapshotRows rows;
    private final Vms vms;
    private final VmRecords vmRecords;
    private final VmMaking making;
    private final TransactionTemplate transactions;

    Clones(
            Snapshots snapshots,
            SnapshotRows rows,
            Vms vms,
            VmRecords vmRecords,
            VmMaking making,
            TransactionTemplate transactions) {
        this.snapshots = snapshots;
        this.rows = rows;
        this.vms = vms;
        this.vmRecords = vmRecords;
        this.making = making;
        this.transactions = transactions;
    }

    /**
     * What is to be made of it.
     *
     * @param nics null: cards in the networks that the VM has cards in, with addresses of their own
     */
    public record Asked(
            String name, boolean start, @Nullable List<NewNic> nics) {
        public Asked {
            nics = nics == null ? null : List.copyOf(nics);
        }

        /** As the VM is, and running. */
        public Asked(String name) {
            this(name, true, null);
        }
    }

    Plan plan(Caller caller, SnapshotId id, Asked asked) {
        Snapshot snapshot = snapshots.get(caller, id);
        return making.plan(caller.makingFor(snapshot.tenant()), vm(caller, snapshot, asked));
    }

    /**
     * Begins to make it; the operation's target is the new VM.
     *
     * @param plan token of a plan of this; null: it was not planned
     * @throws YadoException {@code CONFLICT} for a snapshot that is not AVAILABLE or while another one of the VM is taken, gone back to
     *     or deleted, {@code NO_HOST_FITS} when the host that has it has no room, and what any new VM may meet
     */
    public OperationId make(Caller caller, SnapshotId id, Asked asked, @Nullable String plan) {
        Snapshot found = snapshots.get(caller, id);
        Caller owner = caller.makingFor(found.tenant());
        making.noRoom(owner, vm(caller, found, asked)).ifPresent(refusal -> {
            throw refusal;
        });
        VmId source = found.vm();
        return Objects.requireNonNull(transactions.execute(_ -> {
            // Whoever deletes the VM or one of its snapshots meets the new VM's disks, or is met here.
            vmRecords.lock(source);
            Snapshot snapshot = rows.lock(id).orElseThrow(() -> Snapshots.unknown(id));
            return making.make(owner, vm(caller, snapshot, asked), plan);
        }));
    }

    private NewVm vm(Caller caller, Snapshot snapshot, Asked asked) {
        VmView vm = vms.get(caller, snapshot.vm());
        snapshots.unavailable(snapshot, vm).ifPresent(refusal -> {
            throw refusal;
        });
        HostId host = Objects.requireNonNull(vm.host());
        List<NewVm.Disk> disks = vm.disks().stream()
                .filter(disk -> snapshot.disks().contains(disk.id()))
                .map(disk -> new NewVm.Disk(
                        disk.image(),
                        disk.size(),
                        disk.pool(),
                        null,
                        new NewVm.Copy(new DiskCopy(vm.id(), snapshot.id(), disk.id()), host)))
                .toList();
        List<NewNic> nics = asked.nics() == null
                ? vm.nics().stream()
                        .map(nic -> new NewNic(nic.network(), null, null, List.of()))
                        .toList()
                : asked.nics();
        NewVm bare = new NewVm(
                asked.name(),
                vm.vcpus(),
                vm.memory(),
                disks,
                vm.boot(),
                vm.acceleratorChoice(),
                vm.autostart(),
                asked.start(),
                List.of(),
                null);
        return nics.isEmpty() ? bare : bare.with(nics);
    }
}
