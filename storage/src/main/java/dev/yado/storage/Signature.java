package dev.yado.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** What cannot stay as it is when a file is written to or replaced: the kernel sets the time of change, no program can. */
record Signature(Object inode, long bytes, Object changed) {
    static Signature of(Path file) throws IOException {
        return new Signature(
                Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS),
                Files.size(file),
                Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS));
    }
}
