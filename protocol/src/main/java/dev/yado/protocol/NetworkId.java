package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one tenant network. Written as the canonical UUID text, everywhere. */
public record NetworkId(@JsonValue UUID value) implements Comparable<NetworkId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public NetworkId {}

    public static NetworkId random() {
        return new NetworkId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static NetworkId of(String text) {
        return new NetworkId(UUID.fromString(text));
    }

    @Override
    public int compareTo(NetworkId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
