package dev.yado.telemetry;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Keys that every log line of this thread has until the scope is closed; what they were before then comes back. */
public final class LogScope implements AutoCloseable {
    private static final LogKey[] KEYS = LogKey.values();

    private final @Nullable String[] before = new String[KEYS.length];
    private int changed;

    private LogScope() {}

    public static LogScope open() {
        return new LogScope();
    }

    public static LogScope of(LogKey key, @Nullable Object value) {
        return open().with(key, value);
    }

    /** Null leaves the key as it is. */
    public LogScope with(LogKey key, @Nullable Object value) {
        if (value != null) {
            int bit = 1 << key.ordinal();
            if ((changed & bit) == 0) {
                changed |= bit;
                before[key.ordinal()] = MDC.get(key.word());
            }
            MDC.put(key.word(), value.toString());
        }
        return this;
    }

    @Override
    public void close() {
        for (LogKey key : KEYS) {
            if ((changed & 1 << key.ordinal()) != 0) {
                String old = before[key.ordinal()];
                if (old == null) {
                    MDC.remove(key.word());
                } else {
                    MDC.put(key.word(), old);
                }
            }
        }
        changed = 0;
    }
}
