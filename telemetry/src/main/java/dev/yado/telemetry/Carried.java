package dev.yado.telemetry;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** The log keys and the trace of a thread, for another one that goes on with its work. */
public final class Carried {
    private final @Nullable Map<String, String> keys;
    private final @Nullable TraceContext trace;

    private Carried(@Nullable Map<String, String> keys, @Nullable TraceContext trace) {
        this.keys = keys;
        this.trace = trace;
    }

    /** Of this thread, as it is now. */
    public static Carried now() {
        return new Carried(MDC.getCopyOfContextMap(), Tracing.current());
    }

    /** For a thread that does nothing else. */
    public Runnable into(Runnable work) {
        return () -> {
            if (keys != null) {
                MDC.setContextMap(keys);
            }
            try (Span _ = Tracing.resume(trace)) {
                work.run();
            }
        };
    }
}
