package dev.yado.operation;

import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An operation that this runner holds, at its present step.
 *
 * @param wakes how often it had been woken when the step began: a later wake-up makes a wait end at once
 * @param timeLeft until the step's deadline
 * @param wholeDeadline the step's deadline is that of the whole operation
 * @param priority the effective one when it was claimed
 * @param traceContext where the operation belongs in a trace
 * @param cancelled the runner knows that a cancel was asked for. One that comes later makes its commits fail
 */
record Claim(
        OperationId id,
        String kind,
        int version,
        @Nullable TenantId tenant,
        UUID target,
        String inputJson,
        long epoch,
        boolean undoing,
        String step,
        Instant stepStartedAt,
        int failures,
        @Nullable String waitReason,
        long wakes,
        Duration timeLeft,
        boolean wholeDeadline,
        @Nullable String traceContext,
        Priority priority,
        boolean cancelled) {

    Claim at(String nextStep, boolean nowUndoing, Entered entered) {
        return new Claim(
                id,
                kind,
                version,
                tenant,
                target,
                inputJson,
                epoch,
                nowUndoing,
                nextStep,
                entered.startedAt(),
                0,
                null,
                entered.wakes(),
                entered.timeLeft(),
                entered.wholeDeadline(),
                traceContext,
                priority,
                cancelled);
    }

    /** The same, by a runner that has learnt of the cancel. */
    Claim whenCancelled() {
        return new Claim(
                id,
                kind,
                version,
                tenant,
                target,
                inputJson,
                epoch,
                undoing,
                step,
                stepStartedAt,
                failures,
                waitReason,
                wakes,
                timeLeft,
                wholeDeadline,
                traceContext,
                priority,
                true);
    }

    Lane lane() {
        return new Lane(priority, tenant == null ? Lane.NO_TENANT : tenant.value());
    }

    Run run() {
        return new Run(this);
    }

    /** What the database said when it committed the way into a step. */
    record Entered(Instant startedAt, long wakes, Duration timeLeft, boolean wholeDeadline) {}
}
