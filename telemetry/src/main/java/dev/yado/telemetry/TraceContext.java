package dev.yado.telemetry;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a trace, as W3C Trace Context writes it: {@code 00-<trace>-<span>-<flags>}. It goes with calls between controller and
 * hosts, and is stored with each operation, so that whoever goes on with it belongs to the same trace.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 */
public record TraceContext(String traceId, String spanId, boolean sampled) {
    public static final String HEADER = "traceparent";
    private static final Pattern FORM =
            Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    /** Null for what is no context: a caller's mistake there is not worth a refusal. */
    public static @Nullable TraceContext parse(@Nullable String header) {
        if (header == null || header.startsWith("ff")) {
            return null;
        }
        Matcher matcher = FORM.matcher(header);
        return matcher.matches()
                ? new TraceContext(
                        matcher.group(1), matcher.group(2), (Integer.parseInt(matcher.group(3), 16) & 1) == 1)
                : null;
    }

    public String header() {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }
}
