package dev.yado.telemetry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work in a trace, from its making to its {@link #close}. One that {@link Tracing#begin} made is what its thread works in
 * meanwhile, and is closed by that thread; one that {@link Tracing#start} made may be closed by any.
 */
public final class Span implements AutoCloseable {
    /** Nothing is recorded and nothing changes. */
    static final Span NONE = new Span(null, null, null, false);

    public enum Kind {
        SERVER,
        CLIENT,
        INTERNAL
    }

    private final @Nullable Recording recording;
    private final Tracing.@Nullable Present before;
    private final @Nullable LogScope log;
    private final boolean entered;

    Span(@Nullable Recording recording, Tracing.@Nullable Present before, @Nullable LogScope log, boolean entered) {
        this.recording = recording;
        this.before = before;
        this.log = log;
        this.entered = entered;
    }

    /** For what is known only later, such as the route of a request. */
    public void name(String name) {
        if (recording != null) {
            recording.name(name);
        }
    }

    public Span with(LogKey key, @Nullable Object value) {
        return with("yado." + key.name().toLowerCase(Locale.ROOT), value);
    }

    public Span with(String attribute, @Nullable Object value) {
        if (recording != null && value != null) {
            recording.attribute(attribute, value.toString());
        }
        return this;
    }

    public void fail(String why) {
        if (recording != null) {
            recording.fail(why);
        }
    }

    @Override
    public void close() {
        if (entered) {
            Tracing.leave(before);
        }
        if (log != null) {
            log.close();
        }
        if (recording != null) {
            recording.end();
        }
    }
}
