package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** An amount of memory or disk in MiB, never negative. */
public record Mebibytes(@JsonValue long value) implements Comparable<Mebibytes> {
    public static final Mebibytes ZERO = new Mebibytes(0);

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Mebibytes {
        if (value < 0) {
            throw new IllegalArgumentException("negative size: " + value + " MiB");
        }
    }

    public static Mebibytes ofGibibytes(long gibibytes) {
        return new Mebibytes(Math.multiplyExact(gibibytes, 1024L));
    }

    /** Rounded up: a byte more than a mebibyte needs two. */
    public static Mebibytes ceilOfBytes(long bytes) {
        return new Mebibytes(Math.ceilDiv(bytes, 1L << 20));
    }

    public long bytes() {
        return Math.multiplyExact(value, 1L << 20);
    }

    public Mebibytes plus(Mebibytes other) {
        return new Mebibytes(Math.addExact(value, other.value));
    }

    /** Zero where {@code other} is larger. */
    public Mebibytes minus(Mebibytes other) {
        return new Mebibytes(Math.max(0, value - other.value));
    }

    @Override
    public int compareTo(Mebibytes other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value + " MiB";
    }
}
