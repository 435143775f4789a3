package dev.yado.vmmd.vm;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import org.jspecify.annotations.Nullable;

/**
 * What is seen from outside of one turn of a VM's loop: the operation that it works for is that of the request it takes, else that
 * of the newest accepted one; its trace is that of whoever posted the event.
 */
final class LoopWatch implements AutoCloseable {
    private final LogScope log;
    private final Span span;

    private LoopWatch(LogScope log, Span span) {
        this.log = log;
        this.span = span;
    }

    static LoopWatch of(
            VmId id, @Nullable VmEvent event, @Nullable TraceContext trace, RequestPolicy.@Nullable Memory memory) {
        CallFence known = memory == null ? null : memory.fence();
        VmSpec spec = memory == null ? null : memory.spec();
        return switch (event) {
            case VmEvent.Put(CallFence fence, VmSpec wanted, var _) ->
                of(id, fence, wanted.tenantId(), span("loop PUT", id, trace));
            case VmEvent.Delete(CallFence fence, long _, var _) ->
                of(id, fence, spec == null ? null : spec.tenantId(), span("loop DELETE", id, trace));
            case null, default -> of(id, known, spec == null ? null : spec.tenantId(), Tracing.resume(trace));
        };
    }

    private static LoopWatch of(VmId id, @Nullable CallFence fence, @Nullable TenantId tenant, Span span) {
        LogScope log = LogScope.of(LogKey.VM, id).with(LogKey.TENANT, tenant);
        if (fence != null) {
            log.with(LogKey.OPERATION, fence.operation()).with(LogKey.STEP, fence.step());
        }
        return new LoopWatch(log, span);
    }

    private static Span span(String name, VmId id, @Nullable TraceContext trace) {
        return trace == null
                ? Tracing.resume(null)
                : Tracing.begin(Span.Kind.INTERNAL, name, trace).with(LogKey.VM, id);
    }

    @Override
    public void close() {
        span.close();
        log.close();
    }
}
