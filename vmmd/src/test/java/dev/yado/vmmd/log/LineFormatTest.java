package dev.yado.vmmd.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.ProtocolJson;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LineFormatTest {
    private static final String NASTY = "a \"quoted\" \\ word,\n a second line, \u0001 and 宿";

    @Test
    void writesTextWithTheKeysOfItsThread() {
        try (LogScope _ = LogScope.of(LogKey.VM, "v1").with(LogKey.OPERATION, "o1")) {
            assertThat(line(new TextFormat(), "has come up", null))
                    .isEqualTo("2026-11-22T00:00:00Z INFO VmLoop: has come up operation=o1 vm=v1");
        }
        assertThat(line(new TextFormat(), "has come up", null)).doesNotContain("operation=");
    }

    @Test
    void writesWholeJsonWhateverIsSaid() {
        try (LogScope _ = LogScope.of(LogKey.VM, NASTY)) {
            String line = line(new EcsFormat(), NASTY, new IllegalStateException(NASTY));
            assertThat(line).doesNotContain("\n");
            JsonNode json = ProtocolJson.mapper().readTree(line);
            assertThat(json.path("message").asString("")).isEqualTo(NASTY);
            assertThat(json.path("vm").asString("")).isEqualTo(NASTY);
            assertThat(json.path("log").path("level").asString("")).isEqualTo("INFO");
            assertThat(json.path("@timestamp").asString("")).isEqualTo("2026-11-22T00:00:00Z");
            assertThat(json.path("error").path("stack_trace").asString("")).contains("LineFormatTest");
        }
    }

    @Test
    void takesAnUnknownFormatForText() {
        assertThat(LogSettings.format("xml")).isInstanceOf(TextFormat.class);
        assertThat(LogSettings.format("JSON")).isInstanceOf(EcsFormat.class);
    }

    private static String line(LineFormat format, String message, @Nullable Throwable thrown) {
        LogRecord event = new LogRecord(Level.INFO, message);
        event.setLoggerName("dev.yado.vmmd.vm.VmLoop");
        event.setInstant(Instant.parse("2026-11-22T00:00:00Z"));
        event.setThrown(thrown);
        StringBuilder line = new StringBuilder();
        format.write(event, line);
        return line.toString();
    }
}
