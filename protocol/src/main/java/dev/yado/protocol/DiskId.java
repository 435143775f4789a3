package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one disk of a VM. Written as the canonical UUID text, everywhere. */
public record DiskId(@JsonValue UUID value) implements Comparable<DiskId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public DiskId {}

    public static DiskId random() {
        return new DiskId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static DiskId of(String text) {
        return new DiskId(UUID.fromString(text));
    }

    @Override
    public int compareTo(DiskId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
