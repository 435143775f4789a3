package dev.yado.protocol.network;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.yado.protocol.UuidV7;
import java.util.UUID;

/** Names one router. Written as the canonical UUID text, everywhere. */
public record RouterId(@JsonValue UUID value) implements Comparable<RouterId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public RouterId {}

    public static RouterId random() {
        return new RouterId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static RouterId of(String text) {
        return new RouterId(UUID.fromString(text));
    }

    @Override
    public int compareTo(RouterId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
