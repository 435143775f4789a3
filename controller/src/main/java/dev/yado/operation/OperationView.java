package dev.yado.operation;

import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An operation as others see it. */
public record OperationView(
        OperationId id,
        String kind,
        OperationStatus status,
        UUID targetId,
        @Nullable TenantId tenantId,
        @Nullable String waitReason,
        Instant deadlineAt,
        List<StepView> steps,
        List<Verdict> placement,
        @Nullable ErrorView error,
        Instant createdAt,
        @Nullable Instant endedAt) {
    public OperationView {
        steps = List.copyOf(steps);
        placement = List.copyOf(placement);
    }

    public record StepView(
            String name,
            StepStatus status,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            int attempts,
            @Nullable String detail) {}

    /** @param code the name of an {@link dev.yado.protocol.ErrorCode} */
    public record ErrorView(String code, String detail) {}
}
