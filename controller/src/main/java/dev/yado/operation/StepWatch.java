package dev.yado.operation;

import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is seen from outside of one run of a step: the keys of its log lines, its span, its time, and the operation's end. */
final class StepWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StepWatch.class);

    private final Claim claim;
    private final long began = System.nanoTime();
    private final LogScope log;
    private final Span span;

    private StepWatch(Claim claim, LogScope log, Span span) {
        this.claim = claim;
        this.log = log;
        this.span = span;
    }

    static StepWatch of(Claim claim, @Nullable Flow<?> flow) {
        LogKey target = flow == null ? LogKey.VM : flow.target();
        LogScope log = LogScope.of(LogKey.OPERATION, claim.id())
                .with(LogKey.STEP, claim.step())
                .with(target, claim.target())
                .with(LogKey.TENANT, claim.tenant());
        TraceContext trace = TraceContext.parse(claim.traceContext());
        Span span = trace == null
                ? Tracing.resume(null)
                : Tracing.begin(Span.Kind.INTERNAL, claim.kind() + " " + claim.step(), trace)
                        .with(LogKey.OPERATION, claim.id())
                        .with(target, claim.target())
                        .with("yado.undoing", claim.undoing() ? "true" : null);
        return new StepWatch(claim, log, span);
    }

    /** @param outcome how the whole operation has ended with it; null when it has not */
    void ended(@Nullable OperationStatus outcome) {
        if (outcome != null) {
            Duration whole = claim.id().age();
            Measure.count(Metric.OPERATIONS, claim.kind(), outcome.name());
            Measure.time(Metric.OPERATION_DURATION, whole, claim.kind(), outcome.name());
            span.with("yado.outcome", outcome);
            LOG.info("{} has ended: {} after {} ms", claim.kind(), outcome, whole.toMillis());
        }
    }

    /** It threw, and is tried again. */
    static void failed(Claim claim, String why) {
        Measure.count(Metric.STEP_RETRIES, claim.kind(), claim.step());
        Tracing.fail(why);
    }

    @Override
    public void close() {
        Measure.time(Metric.STEP_DURATION, Duration.ofNanos(System.nanoTime() - began), claim.kind(), claim.step());
        span.close();
        log.close();
    }
}
