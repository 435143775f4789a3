package dev.yado.storage;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.SnapshotId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What the files of a disk are called. A file keeps its name for life, because QEMU may open it by that name once more. So which one the
 * guest writes to, and which one has what a snapshot has, is written beside them:
 *
 * <pre>
 * DISK.qcow2             the first
 * DISK.FILE.qcow2        one that was made over another
 * DISK.top               the name of the one that the guest writes to; missing: the first
 * DISK.SNAPSHOT.snap     the name of the one that has what the snapshot has, and is never written again
 * </pre>
 */
record DiskNames(Path directory, DiskId disk) {
    static final String SUFFIX = ".qcow2";
    private static final String TOP = ".top";
    private static final String SNAPSHOT = ".snap";
    private static final String UUID_TEXT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /** One that is to be made. */
    Path file(UUID id) {
        return directory.resolve(disk + "." + id + SUFFIX);
    }

    /** The one that the guest writes to, whether it is there or not. */
    Path top() throws IOException {
        return read(directory.resolve(disk + TOP)).orElse(directory.resolve(disk + SUFFIX));
    }

    void top(Path file) throws IOException {
        write(directory.resolve(disk + TOP), file);
    }

    Optional<Path> of(SnapshotId snapshot) throws IOException {
        return read(label(snapshot));
    }

    void label(SnapshotId snapshot, Path file) throws IOException {
        write(label(snapshot), file);
    }

    void forget(SnapshotId snapshot) throws IOException {
        Files.deleteIfExists(label(snapshot));
    }

    /** The files that have what some snapshot has, by the snapshot. */
    Map<SnapshotId, Path> ofSnapshots() throws IOException {
        Map<SnapshotId, Path> files = new TreeMap<>();
        try (DirectoryStream<Path> labels = Files.newDirectoryStream(directory, disk + ".*" + SNAPSHOT)) {
            for (Path label : labels) {
                String name = label.getFileName().toString();
                String snapshot = name.substring(disk.toString().length() + 1, name.length() - SNAPSHOT.length());
                if (snapshot.matches(UUID_TEXT)) {
                    read(label).ifPresent(file -> files.put(SnapshotId.of(snapshot), file));
                }
            }
        }
        return files;
    }

    private Path label(SnapshotId snapshot) {
        return directory.resolve(disk + "." + snapshot + SNAPSHOT);
    }

    /** Empty when the name is none of the disk's: what is in a header was written by a guest's hypervisor. */
    Optional<Path> named(String name) {
        String own = Pattern.quote(disk.toString()) + "(\\." + UUID_TEXT + ")?" + Pattern.quote(SUFFIX);
        return name.matches(own) ? Optional.of(directory.resolve(name)) : Optional.empty();
    }

    private Optional<Path> read(Path note) throws IOException {
        try {
            String name = Files.readString(note, StandardCharsets.US_ASCII).strip();
            return Optional.of(named(name).orElseThrow(() -> new IOException(note + " names no file of the disk")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void write(Path note, Path file) throws IOException {
        Path fresh = note.resolveSibling(note.getFileName() + ".new");
        Files.writeString(fresh, file.getFileName() + "\n", StandardCharsets.US_ASCII);
        StableFiles.publish(fresh, note);
    }
}
