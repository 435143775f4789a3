package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.SignedPlans;
import dev.yado.operation.Outlines;
import dev.yado.operation.Verdict;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Says what calls would do, and reads what a caller ties its call to. A plan takes nothing and holds nothing: whether it still holds is
 * found out in the transaction that carries it out.
 */
@Service
class VmPlans {
    /** The step that only VMs with cards meet, as outlines name it. */
    static final String OF_CARDS = "network";

    private final Vms vms;
    private final VmRows rows;
    private final NewVmCheck check;
    private final Quotas quotas;
    private final Places places;
    private final Outlines outlines;
    private final SignedPlans signed;

    VmPlans(
            Vms vms,
            VmRows rows,
            NewVmCheck check,
            Quotas quotas,
            Places places,
            Outlines outlines,
            SignedPlans signed) {
        this.vms = vms;
        this.rows = rows;
        this.check = check;
        this.quotas = quotas;
        this.places = places;
        this.outlines = outlines;
        this.signed = signed;
    }

    VmPlan ofCreate(Caller caller, NewVm vm) {
        TenantId tenant = caller.requireTenant();
        NewVmCheck.Checked checked = check.of(vm, caller);
        VmNeeds needs = checked.needs(vm);
        List<YadoException> blockers = new ArrayList<>(checked.problems());
        if (rows.named(tenant, vm.name()).isPresent()) {
            blockers.add(vms.nameTaken(tenant, vm.name()));
        }
        List<Quota.Shortage> shortages = quotas.shortages(tenant, needs.ofQuota());
        if (!shortages.isEmpty()) {
            blockers.add(Quotas.exceeded(shortages));
        }
        blockers.addAll(vms.shortagesOfCards(tenant, vm));
        Places.Prospect prospect = places.prospect(needs);
        return new VmPlan(
                VmVerb.CREATE,
                VmPlan.Effect.BEGINS,
                "makes the VM " + vm.name() + (vm.start() ? " and starts it" : " and leaves it stopped"),
                null,
                steps(VmVerb.CREATE, !vm.nics().isEmpty()),
                place(prospect, needs, blockers),
                needs,
                prospect.verdicts(),
                blockers,
                null,
                sign(caller, blockers, new Terms(words(vm), 0, prospect.host())));
    }

    /** @throws YadoException {@code NOT_FOUND}, {@code PRECONDITION_FAILED} */
    VmPlan of(Caller caller, VmId id, VmCall call, IfMatch version) {
        VmRow vm = vms.row(caller, id);
        version.check(vm.etag());
        return switch (call.on(vm)) {
            case Course.Joins(var open) ->
                settled(caller, id, call, vm, VmPlan.Effect.JOINS, "the open operation " + open + " does it already");
            case Course.Nothing(String why) ->
                settled(caller, id, call, vm, VmPlan.Effect.NOTHING, "nothing is to be done: " + why);
            case Course.Refused(ErrorCode code, String why) ->
                begins(caller, id, call, vm, List.of(new YadoException(code, why)));
            case Course.Changes _ ->
                begins(caller, id, call, vm, vms.refusal(call, vm).stream().toList());
        };
    }

    /** A VM without cards is never at the step for them. */
    private List<Outlines.Line> steps(VmVerb verb, boolean cards) {
        return outlines.of(verb.kind()).stream()
                .filter(step -> cards || !step.name().equals(OF_CARDS))
                .toList();
    }

    private VmPlan settled(Caller caller, VmId id, VmCall call, VmRow vm, VmPlan.Effect effect, String detail) {
        LastOperation last = vm.sight().operation();
        return new VmPlan(
                call.verb(),
                effect,
                detail,
                effect == VmPlan.Effect.JOINS && last != null ? last.id() : null,
                List.of(),
                null,
                null,
                List.of(),
                List.of(),
                null,
                sign(caller, List.of(), new Terms(words(id, call), vm.sight().generation(), null)));
    }

    private VmPlan begins(Caller caller, VmId id, VmCall call, VmRow vm, List<YadoException> refusal) {
        List<YadoException> blockers = new ArrayList<>(refusal);
        Placement placement = vm.sight().placement();
        VmPlan.Place place = null;
        HostId chosen = null;
        List<Verdict> verdicts = List.of();
        if (placement == null && call instanceof VmCall.Start) {
            VmNeeds needs = vms.needs(vm);
            Places.Prospect prospect = places.prospect(needs);
            place = place(prospect, needs, blockers);
            chosen = prospect.host();
            verdicts = prospect.verdicts();
        } else if (placement != null && !placement.alive()) {
            blockers.add(new YadoException(
                    ErrorCode.HOST_UNREACHABLE,
                    "its host has not reported for " + placement.silence().toSeconds()
                            + " s: the operation would wait"));
        }
        LastOperation last = vm.sight().operation();
        LastOperation overtaken = last != null && last.open() ? last : null;
        return new VmPlan(
                call.verb(),
                VmPlan.Effect.BEGINS,
                call.verb().kind() + " on " + vm.name() + ", which is "
                        + DerivedState.of(vm.sight()).state()
                        + (overtaken == null ? "" : "; it cancels the open " + overtaken.kind()),
                overtaken == null ? null : overtaken.id(),
                steps(call.verb(), vm.nics() > 0),
                place,
                null,
                verdicts,
                blockers,
                null,
                sign(caller, blockers, new Terms(words(id, call), vm.sight().generation(), chosen)));
    }

    private static VmPlan.@Nullable Place place(Places.Prospect prospect, VmNeeds needs, List<YadoException> blockers) {
        HostId host = prospect.host();
        if (host == null) {
            blockers.add(new YadoException(
                    ErrorCode.NO_HOST_FITS, prospect.summary() + ": the operation would wait for room"));
            return null;
        }
        return new VmPlan.Place(host, prospect.hostName(), needs);
    }

    private SignedPlans.@Nullable Signed sign(Caller caller, List<YadoException> blockers, Terms terms) {
        return blockers.isEmpty() ? signed.sign(caller, terms.text()) : null;
    }

    Conditions conditions(Caller caller, VmId id, VmCall call, @Nullable String plan, @Nullable String ifMatch) {
        return conditions(caller, words(id, call), plan, ifMatch);
    }

    Conditions conditionsOfCreate(Caller caller, NewVm vm, @Nullable String plan) {
        return conditions(caller, words(vm), plan, null);
    }

    private Conditions conditions(Caller caller, String words, @Nullable String plan, @Nullable String ifMatch) {
        return new Conditions(
                new IfMatch(ifMatch), plan == null ? null : Terms.parse(signed.open(caller, plan), words));
    }

    private static String words(NewVm vm) {
        return Terms.digest(vm.toString());
    }

    private static String words(VmId id, VmCall call) {
        return Terms.digest(id + " " + call);
    }
}
