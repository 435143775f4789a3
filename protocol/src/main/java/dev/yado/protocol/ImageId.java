package dev.yado.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one image. Written as the canonical UUID text, everywhere. */
public record ImageId(@JsonValue UUID value) implements Comparable<ImageId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public ImageId {}

    public static ImageId random() {
        return new ImageId(UuidV7.next());
    }

    /** @throws IllegalArgumentException when the text is not a UUID */
    public static ImageId of(String text) {
        return new ImageId(UUID.fromString(text));
    }

    @Override
    public int compareTo(ImageId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
