package dev.yado.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
    private static final String HEADER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void isReadAndWrittenAsTheStandardSays() {
        TraceContext context = Objects.requireNonNull(TraceContext.parse(HEADER));
        assertThat(context).isEqualTo(new TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", true));
        assertThat(context.header()).isEqualTo(HEADER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX: y"
            })
    void isNothingWhereItIsMalformed(String header) {
        assertThat(TraceContext.parse(header)).isNull();
    }

    @Test
    void goesOnThroughAProcessThatRecordsNothing() {
        TraceContext caller = TraceContext.parse(HEADER);
        assertThat(Tracing.on()).isFalse();
        try (Span _ = Tracing.begin(Span.Kind.SERVER, "a call", caller)) {
            assertThat(Tracing.header()).isEqualTo(HEADER);
            try (Span _ = Tracing.begin(Span.Kind.INTERNAL, "work in it")) {
                assertThat(Tracing.header()).isEqualTo(HEADER);
            }
            assertThat(Tracing.header()).isEqualTo(HEADER);
        }
        assertThat(Tracing.header()).isNull();
    }
}
