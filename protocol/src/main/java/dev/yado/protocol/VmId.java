package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one virtual machine. Written as the canonical UUID text, everywhere. */
public record VmId(@JsonValue UUID value) implements Comparable<VmId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public VmId {}

    public static VmId random() {
        return new VmId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static VmId of(String text) {
        return new VmId(UUID.fromString(text));
    }

    @Override
    public int compareTo(VmId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
