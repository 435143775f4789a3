package dev.yado.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The unprivileged user that QEMU runs as. Where the daemon is not root its files belong to its own user and QEMU runs as that:
 * giving away is then a no-op.
 */
public record FileOwner(int uid, int gid) {

    /** The user of this process. */
    static FileOwner self() throws IOException {
        Path self = Path.of("/proc/self");
        return new FileOwner(
                (Integer) Files.getAttribute(self, "unix:uid"), (Integer) Files.getAttribute(self, "unix:gid"));
    }

    /** Without regard to further groups that it may be in. */
    boolean mayEnter(Path directory) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(directory, PosixFileAttributes.class);
        Set<PosixFilePermission> may = attributes.permissions();
        if (uid == 0 || (Integer) Files.getAttribute(directory, "unix:uid") == uid) {
            return uid == 0 || may.contains(PosixFilePermission.OWNER_EXECUTE);
        }
        return (Integer) Files.getAttribute(directory, "unix:gid") == gid
                ? may.contains(PosixFilePermission.GROUP_EXECUTE)
                : may.contains(PosixFilePermission.OTHERS_EXECUTE);
    }

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
