package dev.yado.operation;

import dev.yado.api.generated.model.CancelRequest;
import dev.yado.api.generated.model.HostVerdict;
import dev.yado.api.generated.model.Operation;
import dev.yado.api.generated.model.OperationCancel;
import dev.yado.api.generated.model.OperationError;
import dev.yado.api.generated.model.OperationStep;
import dev.yado.operation.OperationView.ErrorView;
import dev.yado.operation.OperationView.StepView;
import dev.yado.protocol.TenantId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Operations as the API shows them. */
public final class OperationJson {
    private OperationJson() {}

    /** @param named whether the hosts of the placement are named; to a tenant they are numbered */
    public static Operation of(OperationView view, boolean named) {
        TenantId tenant = view.tenantId();
        ErrorView error = view.error();
        return new Operation(
                        view.id().value(),
                        view.kind(),
                        Operation.StatusEnum.valueOf(view.status().name()),
                        view.targetId(),
                        view.steps().stream().map(OperationJson::step).toList(),
                        time(view.createdAt()))
                .tenantId(tenant == null ? null : tenant.value())
                .priority(Operation.PriorityEnum.valueOf(view.priority().name()))
                .undoing(view.undoing() ? true : null)
                .waitReason(view.waitReason())
                .waitingSince(nullableTime(view.waitingSince()))
                .cancel(cancel(view.cancel()))
                .deadlineAt(time(view.deadlineAt()))
                .placement(placement(view.placement(), named))
                .error(error == null ? null : new OperationError(error.code(), error.detail()))
                .endedAt(nullableTime(view.endedAt()));
    }

    private static OperationStep step(StepView step) {
        return new OperationStep(
                        step.name().toLowerCase(Locale.ROOT),
                        OperationStep.StatusEnum.valueOf(step.status().name()),
                        step.attempts())
                .startedAt(nullableTime(step.startedAt()))
                .endedAt(nullableTime(step.endedAt()))
                .nextAttemptAt(nullableTime(step.nextAttemptAt()))
                .deadlineAt(nullableTime(step.deadlineAt()))
                .inputs(step.inputs().isEmpty() ? null : step.inputs())
                .outputs(step.outputs().isEmpty() ? null : step.outputs())
                .detail(step.detail());
    }

    private static @Nullable CancelRequest cancel(OperationView.@Nullable CancelView cancel) {
        return cancel == null ? null : new CancelRequest(time(cancel.requestedAt()), cancel.requestedBy());
    }

    static OperationCancel of(CancelAnswer answer) {
        return new OperationCancel(
                        answer.operation().value(),
                        OperationCancel.EffectEnum.valueOf(answer.effect().name()),
                        answer.detail(),
                        answer.undo().stream()
                                .map(step -> step.toLowerCase(Locale.ROOT))
                                .toList(),
                        time(answer.requestedAt()),
                        answer.requestedBy())
                .targetState(answer.targetState());
    }

    /** Null for none. @param named as in {@link #of} */
    public static @Nullable List<HostVerdict> placement(List<Verdict> verdicts, boolean named) {
        if (verdicts.isEmpty()) {
            return null;
        }
        List<HostVerdict> shown = new ArrayList<>();
        for (Verdict verdict : verdicts) {
            String host = named ? verdict.host() : "host " + (shown.size() + 1);
            shown.add(new HostVerdict(host, verdict.fits(), verdict.rule(), verdict.detail())
                    .needed(verdict.needed())
                    .available(verdict.available())
                    .score(verdict.score()));
        }
        return shown;
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable OffsetDateTime nullableTime(@Nullable Instant instant) {
        return instant == null ? null : time(instant);
    }
}
