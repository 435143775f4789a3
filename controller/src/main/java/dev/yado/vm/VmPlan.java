package dev.yado.vm;

import dev.yado.api.SignedPlans;
import dev.yado.operation.Outlines;
import dev.yado.operation.Verdict;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Forecast;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a call would do.
 *
 * @param operation the open operation that it would join or overtake
 * @param place what it would take of a host; null for none
 * @param quota what it would take of the tenant's quota; null for nothing
 * @param verdicts of all hosts; empty when none is looked for
 * @param blockers all that would have it refused or waiting
 * @param forecast of a move; null for anything else, and while there are blockers
 * @param signed absent while there are blockers
 */
record VmPlan(
        VmVerb verb,
        Effect effect,
        String detail,
        @Nullable OperationId operation,
        List<Outlines.Line> steps,
        @Nullable Place place,
        @Nullable VmNeeds quota,
        List<Verdict> verdicts,
        List<YadoException> blockers,
        @Nullable Forecast forecast,
        SignedPlans.@Nullable Signed signed) {

    enum Effect {
        BEGINS,
        JOINS,
        NOTHING
    }

    record Place(HostId host, String name, VmNeeds needs) {}
}
