package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that are whole or absent, also after a power cut. */
final class StableFiles {
    private static final Logger LOG = LoggerFactory.getLogger(StableFiles.class);

    private StableFiles() {}

    /** Writes a finished temporary file through to the device and gives it its name at once; both lie in one directory. */
    static void publish(Path temporary, Path file) throws IOException {
        sync(temporary);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        sync(file.resolveSibling("."));
    }

    /**
     * As {@link #publish}, but what lies there already stays: another host may have it open.
     *
     * @return false when something lay there; the temporary file is gone nevertheless
     */
    static boolean publishUnlessThere(Path temporary, Path file) throws IOException {
        sync(temporary);
        try {
            Files.createLink(file, temporary);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } finally {
            Files.deleteIfExists(temporary);
            sync(file.resolveSibling("."));
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** For errors of the host's own file system: paths go to the log only. */
    static YadoException failure(String what, IOException cause) {
        LOG.error("cannot {}", what, cause);
        return new YadoException(
                ErrorCode.INTERNAL,
                "The host cannot " + what + ": its file system gave an error, which is in the daemon's log.",
                cause);
    }
}
