package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.VmsApi;
import dev.yado.api.generated.model.DiskResize;
import dev.yado.api.generated.model.Operation;
import dev.yado.api.generated.model.Plan;
import dev.yado.api.generated.model.Vm;
import dev.yado.api.generated.model.VmCreate;
import dev.yado.api.generated.model.VmLabels;
import dev.yado.api.generated.model.VmMigrate;
import dev.yado.api.generated.model.VmPage;
import dev.yado.api.generated.model.VmStop;
import dev.yado.operation.OperationJson;
import dev.yado.operation.Operations;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class VmsController implements VmsApi {
    private static final StopPolicy STOP_BY_DEFAULT = new StopPolicy(StopPolicy.Mode.GRACEFUL, 60);

    private final Vms vms;
    private final VmPlans plans;
    private final VmMoves moves;
    private final Operations operations;
    private final CurrentCaller caller;

    VmsController(Vms vms, VmPlans plans, VmMoves moves, Operations operations, CurrentCaller caller) {
        this.moves = moves;
        this.vms = vms;
        this.plans = plans;
        this.operations = operations;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Plan> createVm(VmCreate asked, @Nullable String dryRun, @Nullable String plan) {
        Caller who = caller.get();
        NewVm vm = VmJson.newVm(asked);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(VmPlanJson.of(plans.ofCreate(who, vm), who.isAdministrator()));
        }
        return accepted(vms.create(who, vm, plans.conditionsOfCreate(who, vm, plan)));
    }

    @Override
    public ResponseEntity<Vm> getVm(UUID vmId) {
        VmView vm = vms.get(caller.get(), new VmId(vmId));
        return ResponseEntity.ok().eTag(vm.etag().text()).body(VmJson.of(vm));
    }

    @Override
    public ResponseEntity<Vm> labelVm(UUID vmId, VmLabels labels, @Nullable String ifMatch) {
        VmView vm = vms.label(caller.get(), new VmId(vmId), labels.getLabels(), new IfMatch(ifMatch));
        return ResponseEntity.ok().eTag(vm.etag().text()).body(VmJson.of(vm));
    }

    @Override
    public ResponseEntity<VmPage> listVms(
            Integer limit,
            @Nullable String cursor,
            @Nullable String name,
            dev.yado.api.generated.model.@Nullable VmState state,
            @Nullable String host) {
        VmFilter filter = new VmFilter(name, state == null ? null : VmState.valueOf(state.name()), host);
        Page<Vm> page = vms.list(caller.get(), PageRequest.of("vms", limit, cursor), filter)
                .map(VmJson::of);
        return ResponseEntity.ok(new VmPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Plan> startVm(
            UUID vmId, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        return change(vmId, new VmCall.Start(), dryRun, plan, ifMatch);
    }

    @Override
    public ResponseEntity<Plan> stopVm(
            UUID vmId,
            @Nullable String dryRun,
            @Nullable String plan,
            @Nullable String ifMatch,
            @Nullable VmStop stop) {
        StopPolicy policy = stop == null ? STOP_BY_DEFAULT : VmJson.policy(stop);
        return change(vmId, new VmCall.Stop(policy), dryRun, plan, ifMatch);
    }

    @Override
    public ResponseEntity<Plan> rebootVm(
            UUID vmId, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        return change(vmId, new VmCall.Reboot(), dryRun, plan, ifMatch);
    }

    @Override
    public ResponseEntity<Plan> pauseVm(
            UUID vmId, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        return change(vmId, new VmCall.Pause(), dryRun, plan, ifMatch);
    }

    @Override
    public ResponseEntity<Plan> resumeVm(
            UUID vmId, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        return change(vmId, new VmCall.Resume(), dryRun, plan, ifMatch);
    }

    @Override
    public ResponseEntity<Plan> migrateVm(
            UUID vmId,
            @Nullable String dryRun,
            @Nullable String plan,
            @Nullable String ifMatch,
            @Nullable VmMigrate migrate) {
        Caller who = caller.get();
        VmId id = new VmId(vmId);
        VmMove move = VmMoveJson.move(migrate);
        if (PlanJson.isPlanOnly(dryRun)) {
            VmPlan planned = moves.plan(who, id, move, new IfMatch(ifMatch));
            return ResponseEntity.ok(VmPlanJson.of(planned, who.isAdministrator()));
        }
        return accepted(moves.move(who, id, move, moves.conditions(who, id, move, plan, ifMatch)));
    }

    @Override
    public ResponseEntity<Plan> resizeDisk(
            UUID vmId,
            UUID diskId,
            DiskResize asked,
            @Nullable String dryRun,
            @Nullable String plan,
            @Nullable String ifMatch) {
        Mebibytes size = Mebibytes.ofGibibytes(asked.getSizeGiB());
        return change(vmId, new VmCall.Resize(new DiskId(diskId), size), dryRun, plan, ifMatch);
    }

    @Override
    public ResponseEntity<Plan> deleteVm(
            UUID vmId, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        return change(vmId, new VmCall.Delete(), dryRun, plan, ifMatch);
    }

    private ResponseEntity<Plan> change(
            UUID vmId, VmCall call, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        Caller who = caller.get();
        VmId id = new VmId(vmId);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(
                    VmPlanJson.of(plans.of(who, id, call, new IfMatch(ifMatch)), who.isAdministrator()));
        }
        return accepted(vms.change(who, id, call, plans.conditions(who, id, call, plan, ifMatch)));
    }

    /** The contract has two answers, 200 with a plan and 202 with an operation; the generated interface knows only the first. */
    @SuppressWarnings("unchecked")
    private ResponseEntity<Plan> accepted(OperationId id) {
        Caller who = caller.get();
        Operation operation = OperationJson.of(operations.find(id).orElseThrow(), who.isAdministrator());
        ResponseEntity<?> answer = ResponseEntity.accepted()
                .header(HttpHeaders.LOCATION, URI.create("/v1/operations/" + id).toString())
                .body(operation);
        return (ResponseEntity<Plan>) answer;
    }
}
