package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one snapshot of a VM. Written as the canonical UUID text, everywhere. */
public record SnapshotId(@JsonValue UUID value) implements Comparable<SnapshotId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public SnapshotId {}

    public static SnapshotId random() {
        return new SnapshotId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static SnapshotId of(String text) {
        return new SnapshotId(UUID.fromString(text));
    }

    @Override
    public int compareTo(SnapshotId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
