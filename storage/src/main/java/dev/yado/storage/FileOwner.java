package dev.yado.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The unprivileged user that QEMU runs as. Where the daemon is not root its files belong to its own user and QEMU runs as that:
 * giving away is then a no-op.
 */
public record FileOwner(int uid, int gid) {

    /** The owner may read and write, nobody else. */
    void takeDisk(Path file) throws IOException {
        give(file, uid, gid);
    }

    /** The owner may open what is inside by name but makes no files there. */
    void enterDirectory(Path directory) throws IOException {
        if (give(directory, 0, gid)) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-x---"));
        }
    }

    private static boolean give(Path path, int uid, int gid) throws IOException {
        boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        if (root) {
            Files.setAttribute(path, "unix:uid", uid);
            Files.setAttribute(path, "unix:gid", gid);
        }
        return root;
    }
}
