package dev.yado.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Who else makes files in a directory. */
enum Sharing {
    /** Nobody: what an earlier process left half-done can go, and a file may be replaced. */
    NONE {
        @Override
        String unique(String prefix) {
            return prefix;
        }

        @Override
        void publish(Path temporary, Path file) throws IOException {
            StableFiles.publish(temporary, file);
        }

        @Override
        boolean isLeftover(Path temporary) {
            return true;
        }
    },
    /** Other hosts, at the same time. A file that one has open is not replaced under it: on NFS it would be gone for that host. */
    HOSTS {
        @Override
        String unique(String prefix) {
            return prefix + "." + TOKEN;
        }

        @Override
        void publish(Path temporary, Path file) throws IOException {
            StableFiles.publishUnlessThere(temporary, file);
        }

        @Override
        boolean isLeftover(Path temporary) throws IOException {
            try {
                Instant written = Files.getLastModifiedTime(temporary).toInstant();
                return written.isBefore(Instant.now().minus(LONGEST_SILENCE));
            } catch (NoSuchFileException e) {
                return false;
            }
        }
    };

    /** Nobody writes a file so slowly. */
    private static final Duration LONGEST_SILENCE = Duration.ofDays(1);

    private static final String TOKEN =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());

    /** A piece of a temporary file's name that is this process's alone. */
    abstract String unique(String prefix);

    /** Gives a finished temporary file, which lies in the same directory, its name. */
    abstract void publish(Path temporary, Path file) throws IOException;

    /** Nobody will finish it. */
    abstract boolean isLeftover(Path temporary) throws IOException;
}
