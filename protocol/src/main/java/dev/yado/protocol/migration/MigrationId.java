package dev.yado.protocol.migration;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.yado.protocol.UuidV7;
import java.util.UUID;

/** Names one move of a VM. Written as the canonical UUID text, everywhere. */
public record MigrationId(@JsonValue UUID value) implements Comparable<MigrationId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public MigrationId {}

    public static MigrationId random() {
        return new MigrationId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static MigrationId of(String text) {
        return new MigrationId(UUID.fromString(text));
    }

    @Override
    public int compareTo(MigrationId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
