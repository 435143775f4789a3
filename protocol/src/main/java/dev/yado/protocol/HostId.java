package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one host. Written as the canonical UUID text, everywhere. */
public record HostId(@JsonValue UUID value) implements Comparable<HostId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public HostId {}

    public static HostId random() {
        return new HostId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static HostId of(String text) {
        return new HostId(UUID.fromString(text));
    }

    @Override
    public int compareTo(HostId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
