package dev.yado.vmmd.log;

import dev.yado.telemetry.LogKey;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** What one event looks like. It is called on the thread that logs. */
interface LineFormat {
    /** Without the line's end. */
    void write(LogRecord event, StringBuilder to);

    /** Takes a key that the thread has. */
    interface KeyTaker {
        void take(LogKey key, String value);
    }

    static void keys(KeyTaker taker) {
        for (LogKey key : LogKey.values()) {
            String value = MDC.get(key.word());
            if (value != null) {
                taker.take(key, value);
            }
        }
    }

    static String level(LogRecord event) {
        int level = event.getLevel().intValue();
        if (level >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level >= Level.WARNING.intValue()) {
            return "WARN";
        }
        if (level >= Level.INFO.intValue()) {
            return "INFO";
        }
        return level >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
    }

    static Instant time(LogRecord event) {
        return event.getInstant().truncatedTo(ChronoUnit.MILLIS);
    }

    static String message(LogRecord event) {
        return String.valueOf(event.getMessage());
    }

    static String stack(@Nullable Throwable thrown) {
        StringWriter stack = new StringWriter();
        if (thrown != null) {
            thrown.printStackTrace(new PrintWriter(stack, true));
        }
        return stack.toString().stripTrailing();
    }
}
