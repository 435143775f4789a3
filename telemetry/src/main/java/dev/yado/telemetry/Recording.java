package dev.yado.telemetry;

/** One span on its way to a collector. */
interface Recording {
    TraceContext context();

    void name(String name);

    void attribute(String key, String value);

    void fail(String why);

    void end();
}
