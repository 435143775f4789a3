package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.generated.model.Plan;
import dev.yado.operation.Verdict;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Makes VMs for those that know what one is to be like, and says before what would come of it. */
@Service
public class VmMaking {
    private final Vms vms;
    private final VmPlans plans;
    private final NewVmCheck check;
    private final Places places;

    VmMaking(Vms vms, VmPlans plans, NewVmCheck check, Places places) {
        this.vms = vms;
        this.plans = plans;
        this.check = check;
        this.places = places;
    }

    public Plan plan(Caller caller, NewVm vm) {
        return VmPlanJson.of(plans.ofCreate(caller, vm), caller.isAdministrator());
    }

    /** @param plan token of a plan of this; null: it was not planned */
    public OperationId make(Caller caller, NewVm vm, @Nullable String plan) {
        return vms.create(caller, vm, plans.conditionsOfCreate(caller, vm, plan));
    }

    /** From images and backups of any tenant: for what is made on nobody's behalf. */
    public OperationId makeOfAny(Caller owner, NewVm vm) {
        return vms.create(owner, new Caller.Administrator(null), vm, Conditions.NONE);
    }

    /** Why it would have to wait for a host at present, with each host's verdict. Takes nothing. */
    public Optional<YadoException> noRoom(Caller caller, NewVm vm) {
        Places.Prospect prospect = places.prospect(check.of(vm, caller).needs(vm));
        if (prospect.host() != null) {
            return Optional.empty();
        }
        String verdicts =
                prospect.verdicts().stream().map(Verdict::detail).distinct().collect(Collectors.joining("; "));
        return Optional.of(new YadoException(
                ErrorCode.NO_HOST_FITS, prospect.summary() + (verdicts.isEmpty() ? "" : ": " + verdicts)));
    }
}
