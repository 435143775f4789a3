package dev.yado.vmmd.api;

import com.sun.net.httpserver.HttpExchange;
import dev.yado.protocol.CallFence;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is seen from outside of one request: log keys from what the caller says of itself, and its place in the caller's trace. */
final class RequestWatch implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern FENCE = Pattern.compile("(" + ID.pattern() + ")/([A-Za-z0-9_-]{1,64})/\\d{1,19}");

    private final LogScope log;
    private final Span span;

    private RequestWatch(LogScope log, Span span) {
        this.log = log;
        this.span = span;
    }

    /** Before the caller is known: nothing that is not of the expected form is taken over. */
    static RequestWatch of(HttpExchange http) {
        LogScope log = LogScope.open();
        String fence = http.getRequestHeaders().getFirst(CallFence.HEADER);
        Matcher caller = FENCE.matcher(fence == null ? "" : fence);
        if (caller.matches()) {
            log.with(LogKey.OPERATION, caller.group(1)).with(LogKey.STEP, caller.group(3));
        }
        String path = http.getRequestURI().getPath();
        Matcher vm = ID.matcher(path);
        boolean ofVm = path.startsWith("/v1/vms/") && vm.find();
        if (ofVm) {
            log.with(LogKey.VM, vm.group());
        }
        TraceContext trace = TraceContext.parse(http.getRequestHeaders().getFirst(TraceContext.HEADER));
        if (trace == null) {
            return new RequestWatch(log, Tracing.resume(null));
        }
        String route = ofVm ? vm.replaceFirst("{id}") : path;
        Span span = Tracing.begin(Span.Kind.SERVER, http.getRequestMethod() + " " + route, trace);
        if (ofVm) {
            span.with(LogKey.VM, vm.group());
        }
        return new RequestWatch(log, span);
    }

    @Override
    public void close() {
        span.close();
        log.close();
    }
}
