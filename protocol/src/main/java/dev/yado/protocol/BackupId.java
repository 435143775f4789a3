package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one backup of a VM. Written as the canonical UUID text, everywhere. */
public record BackupId(@JsonValue UUID value) implements Comparable<BackupId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public BackupId {}

    public static BackupId random() {
        return new BackupId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static BackupId of(String text) {
        return new BackupId(UUID.fromString(text));
    }

    @Override
    public int compareTo(BackupId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
