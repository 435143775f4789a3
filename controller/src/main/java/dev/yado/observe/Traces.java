package dev.yado.observe;

import dev.yado.telemetry.Tracing;
import jakarta.annotation.PreDestroy;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Opens the way of spans to the collector for as long as the controller runs. */
@Component
final class Traces {
    Traces(TracesSettings settings) {
        Tracing.open(settings.endpoint(), "yado-controller", Map.of());
    }

    @PreDestroy
    void close() {
        Tracing.close();
    }
}
