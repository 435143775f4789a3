package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.UUID;

/** Names one operation. Written as the canonical UUID text, everywhere. */
public record OperationId(@JsonValue UUID value) implements Comparable<OperationId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public OperationId {}

    public static OperationId random() {
        return new OperationId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static OperationId of(String text) {
        return new OperationId(UUID.fromString(text));
    }

    /** How long ago it was made, which its time-ordered id says to the millisecond. */
    public Duration age() {
        return Duration.ofMillis(Math.max(0, System.currentTimeMillis() - (value.getMostSignificantBits() >>> 16)));
    }

    @Override
    public int compareTo(OperationId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
