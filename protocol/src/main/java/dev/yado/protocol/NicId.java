package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one network card, of a VM or of a router. Written as the canonical UUID text, everywhere. */
public record NicId(@JsonValue UUID value) implements Comparable<NicId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public NicId {}

    public static NicId random() {
        return new NicId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static NicId of(String text) {
        return new NicId(UUID.fromString(text));
    }

    @Override
    public int compareTo(NicId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
