package dev.yado.vmmd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Small files that are replaced whole. A reader sees the old or the new content, also after the writer died half-way. */
final class DurableFile {
    private DurableFile() {}

    /** How long the new content lasts. */
    enum Survives {
        /** the death of this process */
        DAEMON,
        /** a power cut as well, once the call has returned */
        POWER_CUT
    }

    static void replace(Path file, byte[] content, Survives survives) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(
                fresh,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (survives == Survives.POWER_CUT) {
                channel.force(true);
            }
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (survives == Survives.POWER_CUT) {
            forceDirectory(file.resolveSibling("."));
        }
    }

    /** Makes names that were added to, moved in or removed from a directory last. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
