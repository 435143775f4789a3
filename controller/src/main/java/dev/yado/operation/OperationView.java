package dev.yado.operation;

import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An operation as others see it.
 *
 * @param priority the effective one: a cancel raises it
 * @param undoing it has failed or was cancelled, and what it did is being undone
 * @param waitingSince when the present step began to wait
 */
public record OperationView(
        OperationId id,
        String kind,
        OperationStatus status,
        Priority priority,
        boolean undoing,
        UUID targetId,
        @Nullable TenantId tenantId,
        @Nullable String waitReason,
        @Nullable Instant waitingSince,
        Instant deadlineAt,
        List<StepView> steps,
        List<Verdict> placement,
        @Nullable CancelView cancel,
        @Nullable ErrorView error,
        Instant createdAt,
        @Nullable Instant endedAt) {
    public OperationView {
        steps = List.copyOf(steps);
        placement = List.copyOf(placement);
    }

    OperationView with(List<StepView> found) {
        return new OperationView(
                id,
                kind,
                status,
                priority,
                undoing,
                targetId,
                tenantId,
                waitReason,
                waitingSince,
                deadlineAt,
                found,
                placement,
                cancel,
                error,
                createdAt,
                endedAt);
    }

    /**
     * @param nextAttemptAt when a waiting step is looked at again at the latest
     * @param deadlineAt of a step that is under way, or of its undo
     * @param inputs what mattered to it
     * @param outputs what came out of it
     */
    public record StepView(
            String name,
            StepStatus status,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            int attempts,
            @Nullable String detail,
            @Nullable Instant nextAttemptAt,
            @Nullable Instant deadlineAt,
            Map<String, String> inputs,
            Map<String, String> outputs) {
        public StepView {
            inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
            outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        }

        static StepView notBegun(String name, StepStatus status) {
            return new StepView(name, status, null, null, 0, null, null, null, Map.of(), Map.of());
        }
    }

    /** A cancel that was asked for. */
    public record CancelView(Instant requestedAt, String requestedBy) {}

    /** @param code the name of an {@link dev.yado.protocol.ErrorCode} */
    public record ErrorView(String code, String detail) {}
}
