package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.network.NicView;
import dev.yado.network.Nics;
import dev.yado.operation.Operations;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
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
    private static final int CANDIDATES = 500;

    private final VmRows rows;
    private final VmRecords records;
    private final NewVmCheck check;
    private final Quotas quotas;
    private final Places places;
    private final DiskGrowth growth;
    private final Nics nics;
    private final Operations operations;
    private final TransactionTemplate transactions;

    Vms(
            VmRows rows,
            VmRecords records,
            NewVmCheck check,
            Quotas quotas,
            Places places,
            DiskGrowth growth,
            Nics nics,
            Operations operations,
            TransactionTemplate transactions) {
        this.rows = rows;
        this.records = records;
        this.check = check;
        this.quotas = quotas;
        this.places = places;
        this.growth = growth;
        this.nics = nics;
        this.operations = operations;
        this.transactions = transactions;
    }

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's VM */
    public VmView get(Caller caller, VmId id) {
        VmView vm = rows.view(id, caller.tenant().orElse(null)).orElseThrow(() -> notFound(id));
        return vm.cards() == 0 ? vm : vm.with(nics.ofVms(List.of(id)).getOrDefault(id, List.of()));
    }

    public Page<VmView> list(Caller caller, PageRequest request, @Nullable String name) {
        return list(caller, request, new VmFilter(name, null, null));
    }

    /** @throws YadoException {@code FORBIDDEN} when a tenant asks by host */
    Page<VmView> list(Caller caller, PageRequest request, VmFilter filter) {
        if (filter.host() != null) {
            caller.requireAdministrator();
        }
        List<VmRow> found = filter.state() == null
                ? rows.page(caller.tenant().orElse(null), filter, request.after(), request.rowsToRead())
                : inState(caller, request, filter);
        Map<VmId, List<VmView.Disk>> disks =
                rows.disks(found.stream().map(VmRow::id).toList());
        Map<VmId, List<NicView>> cards = nics.ofVms(
                found.stream().filter(row -> row.nics() > 0).map(VmRow::id).toList());
        return Page.of(request, found, row -> row.id().value())
                .map(row -> row.view(disks.getOrDefault(row.id(), List.of()), cards.getOrDefault(row.id(), List.of())));
    }

    /** The database hands over candidates, of which some are in another state: read on until the page is full. */
    private List<VmRow> inState(Caller caller, PageRequest request, VmFilter filter) {
        int batch = Math.max(request.rowsToRead(), CANDIDATES);
        List<VmRow> found = new ArrayList<>();
        UUID after = request.after();
        while (true) {
            List<VmRow> candidates = rows.page(caller.tenant().orElse(null), filter, after, batch);
            candidates.stream()
                    .filter(filter::holds)
                    .limit(request.rowsToRead() - found.size())
                    .forEach(found::add);
            if (candidates.size() < batch || found.size() == request.rowsToRead()) {
                return found;
            }
            after = candidates.getLast().id().value();
        }
    }

    public OperationId create(Caller caller, NewVm vm) {
        return create(caller, vm, Conditions.NONE);
    }

    /** @throws YadoException {@code PLAN_STALE} when it was planned and the plan no longer holds */
    OperationId create(Caller caller, NewVm vm, Conditions conditions) {
        return create(caller, caller, vm, conditions);
    }

    /** @param eyes who sees the images that it is made of */
    OperationId create(Caller caller, Caller eyes, NewVm vm, Conditions conditions) {
        TenantId tenant = caller.requireTenant();
        Terms plan = conditions.plan();
        return inTransaction(() -> {
            NewVmCheck.Checked checked = check.of(vm, eyes);
            checked.problems().stream().findFirst().ifPresent(problem -> {
                throw problem;
            });
            VmNeeds needs = checked.needs(vm);
            requireQuota(tenant, needs, plan != null);
            VmId id = VmId.random();
            if (!insert(id, tenant, vm, checked.disks())) {
                throw nameTaken(tenant, vm.name());
            }
            if (!vm.nics().isEmpty()) {
                nics.attach(caller, tenant, id, vm.nics());
            }
            if (!vm.labels().isEmpty()) {
                rows.label(id, vm.labels());
            }
            if (plan != null && plan.host() != null) {
                take(id, plan.host(), needs);
            }
            return begin(VmVerb.CREATE, id, tenant, new VmChange(1, DesiredState.DELETED));
        });
    }

    /** What a plan says of the quota of networks; addresses themselves are found in the transaction that takes them. */
    List<YadoException> shortagesOfCards(TenantId tenant, NewVm vm) {
        if (vm.nics().isEmpty()) {
            return List.of();
        }
        var shortages =
                quotas.shortages(tenant, new Quota.NetworkAmounts(0, vm.nics().size(), 0));
        return shortages.isEmpty() ? List.of() : List.of(Quotas.exceeded(shortages));
    }

    private void requireQuota(TenantId tenant, VmNeeds needs, boolean planned) {
        try {
            quotas.require(tenant, needs.ofQuota());
        } catch (YadoException exceeded) {
            throw planned ? Terms.stale(String.valueOf(exceeded.getMessage())) : exceeded;
        }
    }

    private void take(VmId id, HostId host, VmNeeds needs) {
        places.take(id, host, needs).ifPresent(whyNot -> {
            throw Terms.stale("the host that it chose cannot take the VM any more: " + whyNot);
        });
    }

    YadoException nameTaken(TenantId tenant, String name) {
        String taken = rows.named(tenant, name).map(VmId::toString).orElse("which is just being deleted");
        return new YadoException(ErrorCode.NAME_TAKEN, "the name " + name + " is taken by VM " + taken);
    }

    private boolean insert(VmId id, TenantId tenant, NewVm vm, List<VmRows.NewDisk> disks) {
        try {
            return rows.insert(id, tenant, vm, disks);
        } catch (DataIntegrityViolationException gone) {
            throw new YadoException(
                    ErrorCode.CONFLICT, "an image, or the tenant itself, was removed at the same moment", gone);
        }
    }

    /** Gives it these labels and no others; its host is not told. @throws YadoException {@code PRECONDITION_FAILED} */
    public VmView label(Caller caller, VmId id, Map<String, String> labels, IfMatch version) {
        SortedMap<String, String> checked = Labels.checked(labels);
        return Objects.requireNonNull(transactions.execute(_ -> {
            VmRow vm = visible(caller, id, rows.lock(id).orElse(null));
            version.check(vm.etag());
            rows.label(id, checked);
            return get(caller, id);
        }));
    }

    /** Looks for a host first if it has none yet. */
    public OperationId start(Caller caller, VmId id) {
        return change(caller, id, new VmCall.Start(), Conditions.NONE);
    }

    public OperationId stop(Caller caller, VmId id, StopPolicy policy) {
        return change(caller, id, new VmCall.Stop(policy), Conditions.NONE);
    }

    public OperationId reboot(Caller caller, VmId id) {
        return change(caller, id, new VmCall.Reboot(), Conditions.NONE);
    }

    public OperationId pause(Caller caller, VmId id) {
        return change(caller, id, new VmCall.Pause(), Conditions.NONE);
    }

    public OperationId resume(Caller caller, VmId id) {
        return change(caller, id, new VmCall.Resume(), Conditions.NONE);
    }

    /** Makes a disk of a stopped VM larger. @throws YadoException as {@link #change}, and as {@link DiskGrowth#grow} */
    public OperationId resize(Caller caller, VmId id, DiskId disk, Mebibytes size) {
        return change(caller, id, new VmCall.Resize(disk, size), Conditions.NONE);
    }

    public OperationId delete(Caller caller, VmId id) {
        return change(caller, id, new VmCall.Delete(), Conditions.NONE);
    }

    /**
     * @throws YadoException {@code CONFLICT} where its state does not allow it, {@code PRECONDITION_FAILED} for another version than
     *     the caller means, {@code PLAN_STALE} when it was planned and the plan no longer holds
     */
    OperationId change(Caller caller, VmId id, VmCall call, Conditions conditions) {
        return inTransaction(() -> {
            VmRow vm = visible(caller, id, rows.lock(id).orElse(null));
            conditions.version().check(vm.etag());
            Terms plan = conditions.plan();
            if (plan != null && plan.generation() != vm.sight().generation()) {
                throw Terms.stale("it was made for generation " + plan.generation() + " of the VM, which has "
                        + vm.sight().generation() + " by now");
            }
            return switch (call.on(vm)) {
                case Course.Joins(OperationId open) -> open;
                case Course.Nothing(String why) -> nothingToDo(call.verb(), vm, why);
                case Course.Refused(ErrorCode code, String why) -> {
                    throw plan == null ? new YadoException(code, why) : Terms.stale(why);
                }
                case Course.Changes changes -> {
                    refusal(call, vm).ifPresent(refusal -> {
                        throw plan == null ? refusal : Terms.stale(String.valueOf(refusal.getMessage()));
                    });
                    yield carryOut(call, vm, changes, plan);
                }
            };
        });
    }

    /** What other VMs have against it. */
    Optional<YadoException> refusal(VmCall call, VmRow vm) {
        return call instanceof VmCall.Delete ? records.copied(vm.id()) : Optional.empty();
    }

    private OperationId carryOut(VmCall call, VmRow vm, Course.Changes changes, @Nullable Terms plan) {
        if (plan != null && plan.host() != null && vm.sight().placement() == null) {
            take(vm.id(), plan.host(), needs(vm));
        }
        rows.want(vm, changes.desired(), changes.runEpoch(), changes.reboots(), changes.stop());
        if (call instanceof VmCall.Resize resize) {
            growth.grow(vm, resize);
        }
        return begin(call.verb(), vm.id(), vm.tenant(), new VmChange(vm.sight().generation() + 1, changes.back()));
    }

    /** The VM as it is, for who may see it. */
    VmRow row(Caller caller, VmId id) {
        return visible(caller, id, rows.find(id).orElse(null));
    }

    VmNeeds needs(VmRow vm) {
        return records.needs(vm.id())
                .orElseThrow(() -> new YadoException(ErrorCode.CONFLICT, "VM " + vm.name() + " is gone"));
    }

    private OperationId inTransaction(java.util.function.Supplier<OperationId> work) {
        return Objects.requireNonNull(transactions.execute(_ -> work.get()));
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

    private static VmRow visible(Caller caller, VmId id, @Nullable VmRow row) {
        if (row == null || !caller.sees(row.tenant())) {
            throw notFound(id);
        }
        return row;
    }

    private static YadoException notFound(VmId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "VM " + id + " does not exist");
    }
}
