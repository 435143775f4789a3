package dev.yado.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file in the directory of images.
 *
 * @param sha256 what its name says; null when it is no image's name
 * @param intact its content is what its name says, as far as it was read
 */
public record ImageSighting(Path file, @Nullable String sha256, long bytes, boolean intact) {
    static ImageSighting stray(Path file, long bytes) {
        return new ImageSighting(file, null, bytes, true);
    }
}
