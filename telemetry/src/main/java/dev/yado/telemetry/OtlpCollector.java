package dev.yado.telemetry;

import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** OpenTelemetry's own SDK, set by its own environment variables. Nothing else touches it, so it is loaded only when it is used. */
final class OtlpCollector implements Tracing.Collector {
    private static final long LAST_SPANS_SECONDS = 3;

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;

    private OtlpCollector(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
        this.tracer = sdk.getTracer("dev.yado");
    }

    static OtlpCollector open(@Nullable String endpoint, String service, Map<String, String> resource) {
        Map<String, String> ours = new HashMap<>(Map.of(
                "otel.service.name", service,
                "otel.traces.exporter", "otlp",
                "otel.metrics.exporter", "none",
                "otel.logs.exporter", "none",
                "otel.exporter.otlp.protocol", "http/protobuf",
                "otel.resource.attributes",
                        resource.entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue())
                                .collect(Collectors.joining(","))));
        if (endpoint != null) {
            ours.put("otel.exporter.otlp.endpoint", endpoint);
        }
        return new OtlpCollector(AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesSupplier(() -> ours)
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk());
    }

    @Override
    public Recording begin(Span.Kind kind, String name, @Nullable TraceContext parent) {
        SpanBuilder builder = tracer.spanBuilder(name)
                .setSpanKind(
                        switch (kind) {
                            case SERVER -> SpanKind.SERVER;
                            case CLIENT -> SpanKind.CLIENT;
                            case INTERNAL -> SpanKind.INTERNAL;
                        });
        if (parent == null) {
            builder.setNoParent();
        } else {
            builder.setParent(Context.root()
                    .with(io.opentelemetry.api.trace.Span.wrap(SpanContext.createFromRemoteParent(
                            parent.traceId(),
                            parent.spanId(),
                            parent.sampled() ? TraceFlags.getSampled() : TraceFlags.getDefault(),
                            TraceState.getDefault()))));
        }
        return new OtlpRecording(builder.startSpan());
    }

    @Override
    public void close() {
        sdk.getSdkTracerProvider().shutdown().join(LAST_SPANS_SECONDS, TimeUnit.SECONDS);
    }

    private record OtlpRecording(io.opentelemetry.api.trace.Span span) implements Recording {
        @Override
        public TraceContext context() {
            SpanContext context = span.getSpanContext();
            return new TraceContext(context.getTraceId(), context.getSpanId(), context.isSampled());
        }

        @Override
        public void name(String name) {
            span.updateName(name);
        }

        @Override
        public void attribute(String key, String value) {
            span.setAttribute(key, value);
        }

        @Override
        public void fail(String why) {
            span.setStatus(StatusCode.ERROR, why);
        }

        @Override
        public void end() {
            span.end();
        }
    }
}
