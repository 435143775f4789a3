package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.SignedPlans;
import dev.yado.api.generated.model.Plan;
import dev.yado.operation.Outlines;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What calls about backups would do, and that they do that or nothing. */
@Component
class BackupPlans {
    private final Backups backups;
    private final Vms vms;
    private final Outlines outlines;
    private final SignedPlans signed;

    BackupPlans(Backups backups, Vms vms, Outlines outlines, SignedPlans signed) {
        this.backups = backups;
        this.vms = vms;
        this.outlines = outlines;
        this.signed = signed;
    }

    Plan ofTake(Caller caller, VmId id, Backups.Asked asked, IfMatch version) {
        VmView vm = vms.get(caller, id);
        version.check(vm.etag());
        List<YadoException> blockers = backups.refusal(vm, asked).stream().toList();
        Plan plan = new Plan(
                Backups.TAKE,
                Plan.EffectEnum.BEGINS,
                "backs up " + vm.name() + ", which is " + vm.state(),
                PlanJson.steps(outlines.of(Backups.TAKE)),
                List.of(),
                PlanJson.blockers(blockers));
        return blockers.isEmpty() ? PlanJson.withToken(plan, signed.sign(caller, words(id, asked))) : plan;
    }

    OperationId take(Caller caller, VmId id, Backups.Asked asked, IfMatch version, @Nullable String plan) {
        return asPlanned(caller, plan, words(id, asked), () -> backups.take(caller, id, asked, version));
    }

    private static String words(VmId id, Backups.Asked asked) {
        return "take " + id + " " + asked;
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
