package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one tenant. Written as the canonical UUID text, everywhere. */
public record TenantId(@JsonValue UUID value) implements Comparable<TenantId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public TenantId {}

    public static TenantId random() {
        return new TenantId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static TenantId of(String text) {
        return new TenantId(UUID.fromString(text));
    }

    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
