package dev.yado.storage;

import dev.yado.protocol.ImageRef;
import java.io.IOException;
import java.io.InputStream;

/**
 * Where a host gets the content of an image from. Nothing it gives is trusted: length, digest and header are checked.
 */
@FunctionalInterface
public interface ImageSource {
    /**
     * Called on a platform thread of its own; the same thread reads the stream. When nobody wants the image any more, that thread
     * is interrupted and the stream is closed by another one.
     *
     * @throws IOException with a message that says what did not work; it becomes part of the error's sentence
     */
    InputStream open(ImageRef image) throws IOException;
}
