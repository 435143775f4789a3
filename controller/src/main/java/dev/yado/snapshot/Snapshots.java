package dev.yado.snapshot;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.migration.Migrations;
import dev.yado.operation.Operations;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.tenant.Quotas;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** What callers do with snapshots. A call that cannot be carried out is refused, and nothing is begun. */
@Service
public class Snapshots {
    public static final String TAKE = "SnapshotVm";
    public static final String REVERT = "RevertSnapshot";
    public static final String DELETE = "DeleteSnapshot";
    public static final String RESTORE = "RestoreInPlace";

    private final SnapshotRows rows;
    private final Vms vms;
    private final VmRecords vmRecords;
    private final Migrations migrations;
    private final Quotas quotas;
    private final Operations operations;
    private final TransactionTemplate transactions;

    Snapshots(
            SnapshotRows rows,
            Vms vms,
            VmRecords vmRecords,
            Migrations migrations,
            Quotas quotas,
            Operations operations,
            TransactionTemplate transactions) {
        this.rows = rows;
        this.vms = vms;
        this.vmRecords = vmRecords;
        this.migrations = migrations;
        this.quotas = quotas;
        this.operations = operations;
        this.transactions = transactions;
    }

    /**
     * @param name null: after its id
     * @param disks null: all of them
     */
    public record Asked(@Nullable String name, @Nullable List<DiskId> disks) {
        public static final Asked DEFAULT = new Asked(null, null);
    }

    /** What an operation is begun with: all else is in the row. */
    record Input(VmId vm) {}

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's */
    public Snapshot get(Caller caller, SnapshotId id) {
        return rows.get(id).filter(snapshot -> caller.sees(snapshot.tenant())).orElseThrow(() -> unknown(id));
    }

    /** The newest first. */
    public Page<Snapshot> list(Caller caller, PageRequest request, VmId vm) {
        vms.get(caller, vm);
        List<Snapshot> found = rows.page(vm, request.after(), request.rowsToRead());
        return Page.of(request, found, snapshot -> snapshot.id().value());
    }

    public OperationId take(Caller caller, VmId vm, Asked asked) {
        return take(caller, vm, asked, IfMatch.ANY);
    }

    /** @throws YadoException what {@link #refusal(VmView, Asked)} says */
    OperationId take(Caller caller, VmId id, Asked asked, IfMatch version) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            vms.get(caller, id);
            vmRecords.lock(id);
            VmView vm = vms.get(caller, id);
            version.check(vm.etag());
            refusal(vm, asked).ifPresent(refusal -> {
                throw refusal;
            });
            quotas.requireSnapshot(vm.tenant());
            SnapshotId snapshot = SnapshotId.random();
            OperationId operation = operations.begin(TAKE, vm.tenant(), snapshot.value(), new Input(id));
            String name = asked.name() == null ? "snapshot-" + snapshot : asked.name();
            rows.insert(snapshot, vm.tenant(), id, name, operation, disks(vm, asked), null);
            return operation;
        }));
    }

    /**
     * Gives the disks of a stopped VM what a backup has; what they had is a snapshot, which the operation has as its target.
     *
     * @throws YadoException what {@link #restoreRefusal} says
     */
    public OperationId restore(Caller caller, VmId id, Asked asked, Snapshot.Restored backup) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            vms.get(caller, id);
            vmRecords.lock(id);
            VmView vm = vms.get(caller, id);
            restoreRefusal(vm, asked).ifPresent(refusal -> {
                throw refusal;
            });
            quotas.requireSnapshot(vm.tenant());
            SnapshotId snapshot = SnapshotId.random();
            OperationId operation = operations.begin(RESTORE, vm.tenant(), snapshot.value(), new Input(id));
            String name = asked.name() == null ? "before-restore-" + snapshot : asked.name();
            rows.insert(snapshot, vm.tenant(), id, name, operation, disks(vm, asked), backup);
            return operation;
        }));
    }

    /** Why no backup can be restored to its disks now. */
    public Optional<YadoException> restoreRefusal(VmView vm, Asked asked) {
        Optional<YadoException> refusal = refusal(vm, asked);
        return refusal.isPresent() ? refusal : unlessStopped(vm, "its disks are restored");
    }

    private static Optional<YadoException> unlessStopped(VmView vm, String before) {
        return vm.desired() == DesiredState.STOPPED
                ? Optional.empty()
                : refused(ErrorCode.CONFLICT, "VM " + vm.name() + " is " + vm.state() + ": stop it before " + before);
    }

    private static List<DiskId> disks(VmView vm, Asked asked) {
        List<DiskId> all = vm.disks().stream().map(VmView.Disk::id).toList();
        List<DiskId> wanted = asked.disks();
        return wanted == null ? all : all.stream().filter(wanted::contains).toList();
    }

    /** Why no snapshot of the VM can be taken now. */
    Optional<YadoException> refusal(VmView vm, Asked asked) {
        List<DiskId> wanted = asked.disks();
        if (vm.disks().isEmpty() || (wanted != null && wanted.isEmpty())) {
            return refused(ErrorCode.INVALID_REQUEST, "disks: there is nothing to take a snapshot of");
        }
        if (wanted != null && disks(vm, asked).size() != wanted.size()) {
            return refused(ErrorCode.NOT_FOUND, "disks: VM " + vm.name() + " does not have all of them");
        }
        String name = asked.name();
        if (name != null
                && !rows.find(
                                "vm_id = ? AND name = ? AND state <> 'FAILED'",
                                vm.id().value(),
                                name)
                        .isEmpty()) {
            return refused(ErrorCode.NAME_TAKEN, "VM " + vm.name() + " has a snapshot " + name + " already");
        }
        int there = rows.count(vm.id());
        if (there >= SnapshotAgent.MOST_BELOW_ONE_ANOTHER) {
            return refused(
                    ErrorCode.SNAPSHOT_LIMIT,
                    "VM " + vm.name() + " has " + there + " snapshots, and more than "
                            + SnapshotAgent.MOST_BELOW_ONE_ANOTHER + " it cannot have");
        }
        return ofTheVm(vm);
    }

    /** Why nothing can be done about its snapshots now. */
    private Optional<YadoException> ofTheVm(VmView vm) {
        if (vm.desired() == DesiredState.DELETED) {
            return refused(ErrorCode.CONFLICT, "VM " + vm.name() + " is being deleted");
        }
        if (vm.host() == null) {
            return refused(ErrorCode.CONFLICT, "VM " + vm.name() + " has no host yet, and so no disks");
        }
        Optional<Snapshot> open = rows.open(vm.id());
        if (open.isPresent()) {
            return refused(
                    ErrorCode.CONFLICT,
                    "snapshot " + open.get().name() + " of VM " + vm.name() + " is "
                            + open.get().state() + ": wait for operation "
                            + open.get().operation() + ", or cancel it");
        }
        return migrations.undecided(vm.id()).isPresent() || vm.state() == VmState.MIGRATING
                ? refused(ErrorCode.CONFLICT, "VM " + vm.name() + " moves to another host: wait until it is there")
                : Optional.empty();
    }

    public OperationId revert(Caller caller, SnapshotId id, IfMatch version) {
        return change(caller, id, version, REVERT, Snapshot.State.REVERTING);
    }

    /** Why nothing can be made of what it has now. */
    Optional<YadoException> unavailable(Snapshot snapshot, VmView vm) {
        return snapshot.state() != Snapshot.State.AVAILABLE && !snapshot.state().open()
                ? refused(ErrorCode.CONFLICT, "snapshot " + snapshot.name() + " is " + snapshot.state())
                : ofTheVm(vm);
    }

    /** Why the VM cannot go back to it now. */
    Optional<YadoException> revertRefusal(Snapshot snapshot, VmView vm) {
        Optional<YadoException> refusal = unavailable(snapshot, vm);
        return refusal.isPresent() ? refusal : unlessStopped(vm, "it goes back to a snapshot");
    }

    private Optional<YadoException> deleteRefusal(VmView vm) {
        Optional<YadoException> refusal = ofTheVm(vm);
        return refusal.isPresent() ? refusal : vmRecords.copied(vm.id());
    }

    /**
     * One that is being taken is cancelled instead.
     *
     * @throws YadoException {@code IN_USE} while a VM is being made from a snapshot of the VM
     */
    public OperationId delete(Caller caller, SnapshotId id, IfMatch version) {
        return change(caller, id, version, DELETE, Snapshot.State.DELETING);
    }

    private OperationId change(Caller caller, SnapshotId id, IfMatch version, String kind, Snapshot.State state) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            VmId of = get(caller, id).vm();
            vmRecords.lock(of);
            Snapshot snapshot = rows.lock(id).orElseThrow(() -> unknown(id));
            version.check(snapshot.etag());
            if (snapshot.state() == state && isOpen(snapshot)) {
                return snapshot.operation();
            }
            VmView vm = vms.get(caller, of);
            // One whose operation was lost is in nobody's way.
            boolean lost = snapshot.state().open() && !isOpen(snapshot);
            Optional<YadoException> refusal = kind.equals(REVERT) ? revertRefusal(snapshot, vm) : deleteRefusal(vm);
            refusal.filter(_ -> !lost).ifPresent(refused -> {
                throw refused;
            });
            OperationId operation = operations.begin(kind, snapshot.tenant(), id.value(), new Input(of));
            rows.begin(id, state, operation);
            return operation;
        }));
    }

    private boolean isOpen(Snapshot snapshot) {
        return operations
                .find(snapshot.operation())
                .filter(open -> !open.status().ended())
                .isPresent();
    }

    static YadoException unknown(SnapshotId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "there is no snapshot " + id);
    }

    private static Optional<YadoException> refused(ErrorCode code, String detail) {
        return Optional.of(new YadoException(code, detail));
    }
}
