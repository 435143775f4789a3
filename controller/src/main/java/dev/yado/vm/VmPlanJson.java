package dev.yado.vm;

import dev.yado.api.generated.model.Plan;
import dev.yado.api.generated.model.PlanClaim;
import dev.yado.operation.OperationJson;
import dev.yado.operation.PlanJson;
import dev.yado.operation.Verdict;
import dev.yado.protocol.OperationId;
import java.util.ArrayList;
import java.util.List;

/** Plans of calls on VMs as the API shows them. */
final class VmPlanJson {
    private VmPlanJson() {}

    /** @param named whether hosts are named; to a tenant they are numbered */
    static Plan of(VmPlan plan, boolean named) {
        OperationId operation = plan.operation();
        Plan json = new Plan(
                        plan.verb().kind(),
                        Plan.EffectEnum.valueOf(plan.effect().name()),
                        plan.detail(),
                        PlanJson.steps(plan.steps()),
                        claims(plan, named),
                        PlanJson.blockers(plan.blockers()))
                .operationId(operation == null ? null : operation.value())
                .placement(OperationJson.placement(plan.verdicts(), named))
                .forecast(VmMoveJson.forecast(plan.forecast()));
        return PlanJson.withToken(json, plan.signed());
    }

    private static List<PlanClaim> claims(VmPlan plan, boolean named) {
        List<PlanClaim> claims = new ArrayList<>();
        VmNeeds quota = plan.quota();
        if (quota != null) {
            claims.add(claim("quota", quota).vms(1L));
        }
        VmPlan.Place place = plan.place();
        if (place != null) {
            PlanClaim claim = claim(named ? place.name() : number(place, plan.verdicts()), place.needs());
            claims.add(named ? claim.hostId(place.host().value()) : claim);
        }
        return claims;
    }

    private static PlanClaim claim(String of, VmNeeds needs) {
        return new PlanClaim(
                of, (long) needs.vcpus(), needs.memory().value(), needs.disk().value());
    }

    private static String number(VmPlan.Place place, List<Verdict> verdicts) {
        int index = verdicts.stream().map(Verdict::host).toList().indexOf(place.name());
        return index < 0 ? "a host" : "host " + (index + 1);
    }
}
