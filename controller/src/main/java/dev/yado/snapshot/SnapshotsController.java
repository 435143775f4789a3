package dev.yado.snapshot;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.SnapshotsApi;
import dev.yado.api.generated.model.Operation;
import dev.yado.api.generated.model.Plan;
import dev.yado.api.generated.model.SnapshotClone;
import dev.yado.api.generated.model.SnapshotPage;
import dev.yado.api.generated.model.SnapshotTake;
import dev.yado.operation.OperationJson;
import dev.yado.operation.Operations;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class SnapshotsController implements SnapshotsApi {
    private final Snapshots snapshots;
    private final SnapshotPlans plans;
    private final Clones clones;
    private final Operations operations;
    private final CurrentCaller caller;

    SnapshotsController(
            Snapshots snapshots, SnapshotPlans plans, Clones clones, Operations operations, CurrentCaller caller) {
        this.clones = clones;
        this.snapshots = snapshots;
        this.plans = plans;
        this.operations = operations;
        this.caller = caller;
    }

    @Override
    @SuppressWarnings("unchecked") // The contract has two answers; the generated interface knows only the first.
    public ResponseEntity<Plan> takeSnapshot(
            UUID vmId,
            @Nullable String dryRun,
            @Nullable String plan,
            @Nullable String ifMatch,
            @Nullable SnapshotTake take) {
        Caller who = caller.get();
        VmId vm = new VmId(vmId);
        Snapshots.Asked asked = SnapshotJson.asked(take);
        IfMatch version = new IfMatch(ifMatch);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(plans.ofTake(who, vm, asked, version));
        }
        ResponseEntity<?> answer = accepted(plans.take(who, vm, asked, version, plan));
        return (ResponseEntity<Plan>) answer;
    }

    @Override
    public ResponseEntity<SnapshotPage> listSnapshots(UUID vmId, Integer limit, @Nullable String cursor) {
        Page<dev.yado.api.generated.model.Snapshot> page = snapshots
                .list(caller.get(), PageRequest.of("snapshots", limit, cursor), new VmId(vmId))
                .map(SnapshotJson::of);
        return ResponseEntity.ok(new SnapshotPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Snapshot> getSnapshot(UUID snapshotId) {
        Snapshot snapshot = snapshots.get(caller.get(), new SnapshotId(snapshotId));
        return ResponseEntity.ok().eTag(snapshot.etag().text()).body(SnapshotJson.of(snapshot));
    }

    @Override
    public ResponseEntity<Operation> deleteSnapshot(UUID snapshotId, @Nullable String ifMatch) {
        return accepted(snapshots.delete(caller.get(), new SnapshotId(snapshotId), new IfMatch(ifMatch)));
    }

    @Override
    @SuppressWarnings("unchecked") // As above.
    public ResponseEntity<Plan> revertSnapshot(
            UUID snapshotId, @Nullable String dryRun, @Nullable String plan, @Nullable String ifMatch) {
        Caller who = caller.get();
        SnapshotId id = new SnapshotId(snapshotId);
        IfMatch version = new IfMatch(ifMatch);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(plans.ofRevert(who, id, version));
        }
        ResponseEntity<?> answer = accepted(plans.revert(who, id, version, plan));
        return (ResponseEntity<Plan>) answer;
    }

    @Override
    @SuppressWarnings("unchecked") // As above.
    public ResponseEntity<Plan> cloneSnapshot(
            UUID snapshotId, SnapshotClone clone, @Nullable String dryRun, @Nullable String plan) {
        Caller who = caller.get();
        SnapshotId id = new SnapshotId(snapshotId);
        Clones.Asked asked = SnapshotJson.asked(clone);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(clones.plan(who, id, asked));
        }
        ResponseEntity<?> answer = accepted(clones.make(who, id, asked, plan));
        return (ResponseEntity<Plan>) answer;
    }

    private ResponseEntity<Operation> accepted(OperationId id) {
        return ResponseEntity.accepted()
                .location(URI.create("/v1/operations/" + id))
                .body(OperationJson.of(
                        operations.find(id).orElseThrow(), caller.get().isAdministrator()));
    }
}
