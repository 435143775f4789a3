package dev.yado.image;

import dev.yado.protocol.image.ImageHeader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Content that has arrived whole and is on disk, but belongs to no image yet. Closed without being kept, it is gone.
 *
 * @param head its beginning, as {@link ImageHeader#check} wants it
 * @param lock shows other processes that the file is in use
 */
record ImageContent(Path file, FileChannel lock, String sha256, long bytes, byte[] head) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
        lock.close();
    }
}
