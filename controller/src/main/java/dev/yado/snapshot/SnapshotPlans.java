package dev.yado.snapshot;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.SignedPlans;
import dev.yado.api.generated.model.Plan;
import dev.yado.operation.Outlines;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What calls about snapshots would do, and that they do that or nothing. */
@Component
class SnapshotPlans {
    private final Snapshots snapshots;
    private final Vms vms;
    private final Outlines outlines;
    private final SignedPlans signed;

    SnapshotPlans(Snapshots snapshots, Vms vms, Outlines outlines, SignedPlans signed) {
        this.snapshots = snapshots;
        this.vms = vms;
        this.outlines = outlines;
        this.signed = signed;
    }

    Plan ofTake(Caller caller, VmId id, Snapshots.Asked asked, IfMatch version) {
        VmView vm = vms.get(caller, id);
        version.check(vm.etag());
        return plan(
                caller,
                Snapshots.TAKE,
                "takes a snapshot of " + vm.name() + ", which is " + vm.state(),
                snapshots.refusal(vm, asked),
                words(id, asked));
    }

    OperationId take(Caller caller, VmId id, Snapshots.Asked asked, IfMatch version, @Nullable String plan) {
        return asPlanned(caller, plan, words(id, asked), () -> snapshots.take(caller, id, asked, version));
    }

    Plan ofRevert(Caller caller, SnapshotId id, IfMatch version) {
        Snapshot snapshot = snapshots.get(caller, id);
        version.check(snapshot.etag());
        VmView vm = vms.get(caller, snapshot.vm());
        return plan(
                caller,
                Snapshots.REVERT,
                "gives the disks of " + vm.name() + " what they had at " + snapshot.takenAt()
                        + "; what was written since is lost",
                snapshots.revertRefusal(snapshot, vm),
                words(id));
    }

    OperationId revert(Caller caller, SnapshotId id, IfMatch version, @Nullable String plan) {
        return asPlanned(caller, plan, words(id), () -> snapshots.revert(caller, id, version));
    }

    private Plan plan(Caller caller, String kind, String effect, Optional<YadoException> refusal, String words) {
        List<YadoException> blockers = refusal.stream().toList();
        Plan plan = new Plan(
                kind,
                Plan.EffectEnum.BEGINS,
                effect,
                PlanJson.steps(outlines.of(kind)),
                List.of(),
                PlanJson.blockers(blockers));
        return blockers.isEmpty() ? PlanJson.withToken(plan, signed.sign(caller, words)) : plan;
    }

    private static String words(VmId id, Snapshots.Asked asked) {
        return "snapshot " + id + " " + asked;
    }

    private static String words(SnapshotId id) {
        return "revert " + id;
    }

    private OperationId asPlanned(Caller caller, @Nullable String plan, String words, Supplier<OperationId> call) {
        if (plan == null) {
            return call.get();
        }
        if (!signed.open(caller, plan).equals(words)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "the plan in X-Yado-Plan is that of another call, or of another body");
        }
        try {
            return call.get();
        } catch (YadoException refused) {
            throw new YadoException(ErrorCode.PLAN_STALE, "the plan no longer holds: " + refused.getMessage(), refused);
        }
    }
}
