package dev.yado.protocol.network;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.yado.protocol.UuidV7;
import java.util.UUID;

/** Names one security group. Written as the canonical UUID text, everywhere. */
public record SecurityGroupId(@JsonValue UUID value) implements Comparable<SecurityGroupId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public SecurityGroupId {}

    public static SecurityGroupId random() {
        return new SecurityGroupId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static SecurityGroupId of(String text) {
        return new SecurityGroupId(UUID.fromString(text));
    }

    @Override
    public int compareTo(SecurityGroupId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
