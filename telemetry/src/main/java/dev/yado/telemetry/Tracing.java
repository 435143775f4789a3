package dev.yado.telemetry;

import dev.yado.telemetry.Span.Kind;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trace that each thread works in, and where spans go. One per process, like the logs. Off unless a collector is set: then no
 * span is made, but the trace of a caller that has one still goes on through logs and calls.
 */
public final class Tracing {
    /** The address of a collector that takes OTLP over HTTP; all other variables of OpenTelemetry hold as well. */
    public static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);
    private static final ThreadLocal<Present> CURRENT = new ThreadLocal<>();
    private static volatile @Nullable Collector collector;

    /** Where spans go. */
    interface Collector {
        Recording begin(Kind kind, String name, @Nullable TraceContext parent);

        /** Sends what is left, within some seconds. */
        void close();
    }

    /** @param recording null for a trace that is only passed on */
    record Present(TraceContext context, @Nullable Recording recording) {}

    private Tracing() {}

    /**
     * Sends spans from now on, if a collector is set by the argument or by the environment.
     *
     * @param endpoint null for what the environment says
     * @param service what the process is
     * @param resource more of what it is
     */
    public static void open(@Nullable String endpoint, String service, Map<String, String> resource) {
        boolean wanted = endpoint != null || System.getenv(ENDPOINT) != null || System.getenv(TRACES_ENDPOINT) != null;
        if (!wanted || collector != null) {
            return;
        }
        try {
            collector = OtlpCollector.open(endpoint, service, resource);
        } catch (RuntimeException e) {
            // What is watched matters more than the watching.
            LOG.error("no traces: the settings of OpenTelemetry cannot be used", e);
        }
    }

    /** Sends what is left. */
    public static void close() {
        Collector open = collector;
        collector = null;
        if (open != null) {
            open.close();
        }
    }

    public static boolean on() {
        return collector != null;
    }

    /** What this thread works in. */
    public static @Nullable TraceContext current() {
        Present present = CURRENT.get();
        return present == null ? null : present.context();
    }

    /** What this thread works in, for a call or a row; null when there is no trace. */
    public static @Nullable String header() {
        TraceContext current = current();
        return current == null ? null : current.header();
    }

    /** The span that this thread works in has not reached what it was for. */
    public static void fail(String why) {
        Present present = CURRENT.get();
        if (present != null && present.recording() != null) {
            present.recording().fail(why);
        }
    }

    /** A span in what this thread works in, or the first of a new trace. */
    public static Span begin(Kind kind, String name) {
        return begin(kind, name, current());
    }

    /** A span under another one, perhaps of another process. */
    public static Span begin(Kind kind, String name, @Nullable TraceContext parent) {
        Collector open = collector;
        if (open == null) {
            return parent == null || parent.equals(current()) ? Span.NONE : enter(null, parent);
        }
        Recording recording = open.begin(kind, name, parent);
        return enter(recording, recording.context());
    }

    /** Goes on in a trace without a span of its own. */
    public static Span resume(@Nullable TraceContext context) {
        return context == null || context.equals(current()) ? Span.NONE : enter(null, context);
    }

    /** A span that this thread does not work in: for what is answered on another one. */
    public static Span start(Kind kind, String name) {
        Collector open = collector;
        TraceContext parent = current();
        return open == null || parent == null ? Span.NONE : new Span(open.begin(kind, name, parent), null, null, false);
    }

    private static Span enter(@Nullable Recording recording, TraceContext context) {
        Present before = CURRENT.get();
        CURRENT.set(new Present(context, recording));
        return new Span(recording, before, LogScope.of(LogKey.TRACE, context.traceId()), true);
    }

    static void leave(@Nullable Present before) {
        if (before == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(before);
        }
    }
}
