package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.operation.Operations;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What callers do with VMs. Every change locks the VM's row, changes what is wanted and begins the operation that carries it out, in
 * one transaction. A call that changes nothing raises nothing: it answers with the open operation that already does it, or with one
 * that has succeeded at once.
 */
@Service
public class Vms {
    private final VmRows rows;
    private final NewVmCheck check;
    private final Operations operations;
    private final TransactionTemplate transactions;

    Vms(VmRows rows, NewVmCheck check, Operations operations, TransactionTemplate transactions) {
        this.rows = rows;
        this.check = check;
        this.operations = operations;
        this.transactions = transactions;
    }

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's VM */
    public VmView get(Caller caller, VmId id) {
        VmRow row = visible(caller, id, rows.find(id).orElse(null));
        return row.view(rows.disks(List.of(id)).getOrDefault(id, List.of()));
    }

    public Page<VmView> list(Caller caller, PageRequest request, @Nullable String name) {
        List<VmRow> found = rows.page(caller.tenant().orElse(null), name, request.after(), request.rowsToRead());
        Map<VmId, List<VmView.Disk>> disks =
                rows.disks(found.stream().map(VmRow::id).toList());
        return Page.of(request, found, row -> row.id().value())
                .map(row -> row.view(disks.getOrDefault(row.id(), List.of())));
    }

    public OperationId create(Caller caller, NewVm vm) {
        TenantId tenant = caller.requireTenant();
        return inTransaction(() -> {
            List<VmRows.NewDisk> disks = check.disksOf(vm, caller);
            VmId id = VmId.random();
            if (!insert(id, tenant, vm, disks)) {
                String taken = rows.named(tenant, vm.name()).map(VmId::toString).orElse("which is just being deleted");
                throw new YadoException(ErrorCode.NAME_TAKEN, "the name " + vm.name() + " is taken by VM " + taken);
            }
            return begin(VmVerb.CREATE, id, tenant, new VmChange(1, DesiredState.DELETED));
        });
    }

    private boolean insert(VmId id, TenantId tenant, NewVm vm, List<VmRows.NewDisk> disks) {
        try {
            return rows.insert(id, tenant, vm, disks);
        } catch (DataIntegrityViolationException gone) {
            throw new YadoException(
                    ErrorCode.CONFLICT, "an image, or the tenant itself, was removed at the same moment", gone);
        }
    }

    /** Looks for a host first if it has none yet. */
    public OperationId start(Caller caller, VmId id) {
        return change(caller, id, vm -> {
            requireNotDeleted(vm);
            Sight sight = vm.sight();
            boolean wanted = sight.desired() == DesiredState.RUNNING;
            if (wanted && openOperation(vm) != null) {
                return openOperation(vm);
            }
            if (wanted && isSeen(sight, ObservedState.RUNNING)) {
                return nothingToDo(VmVerb.START, vm, "it runs already");
            }
            // A paused guest goes on with the permission it has; any other start is a new run.
            boolean sameRun = sight.desired() == DesiredState.PAUSED && isSeen(sight, ObservedState.PAUSED);
            rows.want(vm, DesiredState.RUNNING, sameRun ? vm.runEpoch() : vm.runEpoch() + 1, vm.reboots(), vm.stop());
            return begin(VmVerb.START, vm, sameRun ? DesiredState.PAUSED : DesiredState.STOPPED);
        });
    }

    public OperationId stop(Caller caller, VmId id, StopPolicy policy) {
        return change(caller, id, vm -> {
            requireNotDeleted(vm);
            Sight sight = vm.sight();
            if (sight.desired() == DesiredState.STOPPED) {
                LastOperation last = sight.operation();
                boolean harder =
                        policy.mode() == StopPolicy.Mode.HARD && vm.stop().mode() == StopPolicy.Mode.GRACEFUL;
                if (last != null && last.open() && !(harder && last.isOpen(VmVerb.STOP))) {
                    return last.id();
                }
                if (last == null || !last.open()) {
                    if (sight.placement() == null || isSeen(sight, ObservedState.STOPPED)) {
                        return nothingToDo(VmVerb.STOP, vm, "it is stopped already");
                    }
                }
            }
            rows.want(vm, DesiredState.STOPPED, vm.runEpoch(), vm.reboots(), policy);
            return begin(VmVerb.STOP, vm, sight.desired());
        });
    }

    public OperationId reboot(Caller caller, VmId id) {
        return change(caller, id, vm -> {
            requireNotDeleted(vm);
            Sight sight = vm.sight();
            if (sight.desired() != DesiredState.RUNNING || !sees(sight, ObservedState.RUNNING)) {
                throw conflict(vm, "only a running VM can be rebooted");
            }
            rows.want(vm, DesiredState.RUNNING, vm.runEpoch(), vm.reboots() + 1, vm.stop());
            return begin(VmVerb.REBOOT, vm, DesiredState.RUNNING);
        });
    }

    public OperationId pause(Caller caller, VmId id) {
        return change(caller, id, vm -> {
            requireNotDeleted(vm);
            Sight sight = vm.sight();
            if (sight.desired() == DesiredState.PAUSED) {
                if (openOperation(vm) != null) {
                    return openOperation(vm);
                }
                if (isSeen(sight, ObservedState.PAUSED)) {
                    return nothingToDo(VmVerb.PAUSE, vm, "it is paused already");
                }
            }
            if (!sees(sight, ObservedState.RUNNING) || sight.desired() == DesiredState.STOPPED) {
                throw conflict(vm, "only a running VM can be paused");
            }
            rows.want(vm, DesiredState.PAUSED, vm.runEpoch(), vm.reboots(), vm.stop());
            return begin(VmVerb.PAUSE, vm, DesiredState.RUNNING);
        });
    }

    public OperationId resume(Caller caller, VmId id) {
        return change(caller, id, vm -> {
            requireNotDeleted(vm);
            Sight sight = vm.sight();
            if (sight.desired() == DesiredState.RUNNING) {
                LastOperation last = sight.operation();
                if (last != null && last.isOpen(VmVerb.RESUME)) {
                    return last.id();
                }
                if (isSeen(sight, ObservedState.RUNNING)) {
                    return nothingToDo(VmVerb.RESUME, vm, "it runs already");
                }
            }
            boolean pausing = sight.desired() == DesiredState.PAUSED && sees(sight, ObservedState.RUNNING);
            if (!sees(sight, ObservedState.PAUSED) && !pausing || sight.desired() == DesiredState.STOPPED) {
                throw conflict(vm, "only a paused VM can be resumed");
            }
            rows.want(vm, DesiredState.RUNNING, vm.runEpoch(), vm.reboots(), vm.stop());
            return begin(VmVerb.RESUME, vm, DesiredState.PAUSED);
        });
    }

    /** Asked again it answers with the same operation, as long as that is open. */
    public OperationId delete(Caller caller, VmId id) {
        return change(caller, id, vm -> {
            LastOperation last = vm.sight().operation();
            if (last != null && last.isOpen(VmVerb.DELETE)) {
                return last.id();
            }
            DesiredState before = vm.sight().desired();
            rows.want(vm, DesiredState.DELETED, vm.runEpoch(), vm.reboots(), StopPolicy.HARD);
            return begin(VmVerb.DELETE, vm, before);
        });
    }

    private OperationId change(Caller caller, VmId id, Function<VmRow, @Nullable OperationId> change) {
        return inTransaction(() -> Objects.requireNonNull(
                change.apply(visible(caller, id, rows.lock(id).orElse(null)))));
    }

    private OperationId inTransaction(java.util.function.Supplier<OperationId> work) {
        return Objects.requireNonNull(transactions.execute(_ -> work.get()));
    }

    /** @param back what is wanted again when the operation is cancelled */
    private OperationId begin(VmVerb verb, VmRow vm, DesiredState back) {
        return begin(verb, vm.id(), vm.tenant(), new VmChange(vm.sight().generation() + 1, back));
    }

    private OperationId begin(VmVerb verb, VmId id, TenantId tenant, VmChange change) {
        OperationId operation = operations.begin(verb.kind(), tenant, id.value(), change);
        rows.begun(id, operation);
        return operation;
    }

    private OperationId nothingToDo(VmVerb verb, VmRow vm, String detail) {
        return operations.succeeded(
                verb.kind(),
                vm.tenant(),
                vm.id().value(),
                new VmChange(vm.sight().generation(), vm.sight().desired()),
                detail);
    }

    private static @Nullable OperationId openOperation(VmRow vm) {
        LastOperation last = vm.sight().operation();
        return last != null && last.open() ? last.id() : null;
    }

    /** The host has said so and is done with everything that is wanted. */
    private static boolean isSeen(Sight sight, ObservedState state) {
        Observed observed = sight.observed();
        return observed != null && observed.state() == state && observed.reached(sight.generation());
    }

    /** The last that the host said, whatever is wanted by now. */
    private static boolean sees(Sight sight, ObservedState state) {
        Observed observed = sight.observed();
        return observed != null && observed.state() == state;
    }

    private static void requireNotDeleted(VmRow vm) {
        if (vm.sight().desired() == DesiredState.DELETED) {
            throw new YadoException(ErrorCode.CONFLICT, "VM " + vm.name() + " is being deleted");
        }
    }

    private static YadoException conflict(VmRow vm, String rule) {
        DerivedState state = DerivedState.of(vm.sight());
        return new YadoException(
                ErrorCode.CONFLICT,
                rule + ": " + vm.name() + " is " + state.state() + ", wanted "
                        + vm.sight().desired());
    }

    private static VmRow visible(Caller caller, VmId id, @Nullable VmRow row) {
        if (row == null || !caller.sees(row.tenant())) {
            throw new YadoException(ErrorCode.NOT_FOUND, "VM " + id + " does not exist");
        }
        return row;
    }
}
