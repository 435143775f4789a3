package dev.yado.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lies in a shared pool so that hosts know it again: one line, {@code UUID UID:GID}. The first host to come makes it; whoever
 * comes at the same moment takes what is there.
 *
 * @param owner whom QEMU runs as on every host that shares the pool: the files are its own
 */
record PoolMarker(UUID id, FileOwner owner) {
    static final String NAME = ".yado-pool";
    private static final Pattern LINE = Pattern.compile("([0-9a-f-]{36}) (\\d{1,10}):(\\d{1,10})\\s*");

    /**
     * Empty when none is there.
     *
     * @throws IOException when it cannot be read or is none
     */
    static Optional<PoolMarker> read(Path file) throws IOException {
        String line;
        try {
            line = Files.readString(file, StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new IOException("its marker is damaged");
        }
        FileOwner owner = new FileOwner(Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3)));
        return Optional.of(new PoolMarker(UUID.fromString(parts.group(1)), owner));
    }

    /** What lies there in the end, whoever made it. */
    static PoolMarker make(Path directory, FileOwner owner) throws IOException {
        PoolMarker fresh = new PoolMarker(UUID.randomUUID(), owner);
        fresh.write(directory.resolve(NAME), true);
        return read(directory.resolve(NAME)).orElseThrow(() -> new IOException("its marker is gone again"));
    }

    /** @param unlessThere what is there already stays */
    void write(Path file, boolean unlessThere) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID());
        try {
            Files.writeString(temporary, id + " " + owner.uid() + ":" + owner.gid() + "\n");
            if (unlessThere) {
                StableFiles.publishUnlessThere(temporary, file);
            } else {
                StableFiles.publish(temporary, file);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
