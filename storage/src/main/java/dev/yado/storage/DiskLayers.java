package dev.yado.storage;

import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.image.Qcow2Header;
import dev.yado.protocol.migration.CarriedDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The files of one disk that is there: the one that the guest writes to, and those below it that have what snapshots have. Every method
 * may be repeated after it was broken off anywhere; one caller at a time.
 */
public final class DiskLayers {
    private final DiskNames names;
    private final DiskTool tool;
    private final PoolSettings settings;

    DiskLayers(DiskNames names, DiskTool tool, PoolSettings settings) {
        this.names = names;
        this.tool = tool;
        this.settings = settings;
    }

    private interface Look<T> {
        T at() throws IOException;
    }

    private <T> T look(Look<T> look) {
        try {
            return look.at();
        } catch (IOException e) {
            throw StableFiles.failure("look at the snapshots of disk " + names.disk(), e);
        }
    }

    private interface Change {
        void make() throws IOException;
    }

    private void change(Change change) {
        try {
            change.make();
            sync(names.directory());
        } catch (IOException e) {
            throw StableFiles.failure("change the files of disk " + names.disk(), e);
        }
    }

    /** The file that the guest writes to. */
    public Path top() {
        return look(names::top);
    }

    /** The file that has what a snapshot has; empty: there is no such snapshot. */
    public Optional<Path> of(SnapshotId snapshot) {
        return look(() -> names.of(snapshot));
    }

    /** What the guest's file stands on of the disk's own, from the top to the bottom. */
    public List<Path> below() {
        return look(() -> Chain.of(names.top(), names).layers());
    }

    /** What a file stands on of the disk's own files; empty: an image, or nothing. */
    public Optional<Path> below(Path file) {
        return look(() -> Chain.of(file, names).layers().stream().findFirst());
    }

    /** What a file says that it stands on, whatever it is; empty: nothing. */
    public Optional<String> nameBelow(Path file) {
        return Optional.ofNullable(backing(file)).map(Backing::name);
    }

    private @Nullable Backing backing(Path file) {
        return look(() -> Optional.ofNullable(Backing.of(Chain.header(file)))).orElse(null);
    }

    /** The files that stand on another one and are not whole without it. */
    public List<Path> above(Path file) {
        return look(() -> {
            List<Path> above = new ArrayList<>();
            for (Path each : files()) {
                if (Chain.backing(file).equals(Backing.of(Chain.header(each)))) {
                    above.add(each);
                }
            }
            return above;
        });
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(names.directory(), names.disk() + "*" + DiskNames.SUFFIX)) {
            all.forEach(files::add);
        }
        return files;
    }

    /** All of it, as another host needs it. */
    public CarriedDisk carried() {
        return look(() -> {
            Path top = names.top();
            Qcow2Header header = Chain.header(top);
            Backing below = Backing.of(header);
            List<CarriedDisk.LayerFile> files = new ArrayList<>();
            for (Path file : files()) {
                if (!file.equals(top)) {
                    files.add(new CarriedDisk.LayerFile(nameOf(file), Files.size(file)));
                }
            }
            return new CarriedDisk(
                    names.disk(),
                    new CarriedDisk.Top(
                            nameOf(top),
                            header.virtualSize(),
                            below == null ? null : below.name(),
                            below == null ? null : below.format()),
                    files,
                    names.ofSnapshots().entrySet().stream()
                            .map(each -> new CarriedDisk.Label(each.getKey(), nameOf(each.getValue())))
                            .toList());
        });
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString();
    }

    /** One of the disk's files, by its name, whether it is there or not; empty when the name is none of them. */
    public Optional<Path> named(String name) {
        return names.named(name);
    }

    /** The room that a file takes, which all that stand on it may need once more. */
    public long bytes(Path file) {
        return look(() -> Files.size(file));
    }

    /** @throws YadoException {@link ErrorCode#STORAGE_FULL} @param what begins its sentence */
    public void requireRoom(String what, long bytes) {
        look(() -> {
            PoolSpace.require(names.directory(), what, bytes, settings.reserve());
            return bytes;
        });
    }

    /** What the guest's file has at this moment is the snapshot's, once the guest writes to another one. */
    public void keep(SnapshotId snapshot) {
        change(() -> {
            Optional<Path> before = names.of(snapshot);
            Path top = names.top();
            if (before.isPresent() && !before.get().equals(top)) {
                throw new YadoException(
                        ErrorCode.CONFLICT, "Disk " + names.disk() + " has had snapshot " + snapshot + " before.");
            }
            names.label(snapshot, top);
        });
    }

    /**
     * Makes a file that stands on another one and has nothing of its own; at least as large.
     *
     * @param id the same one again makes it anew
     */
    public Path over(Path below, UUID id, Mebibytes atLeast) throws InterruptedException {
        Path file = names.file(id);
        long size = look(() -> Math.max(Chain.header(below).virtualSize(), atLeast.bytes()));
        look(() -> Files.deleteIfExists(file));
        // Clusters without parts: QEMU before 8.1 ends when a layer below is brought into a cluster that has parts.
        tool.createLayer(file, size, Chain.backing(below));
        change(() -> own(file));
        return file;
    }

    private void own(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        FileOwner owner = settings.owner();
        if (owner != null) {
            owner.takeDisk(file);
        }
        sync(file);
    }

    /**
     * Makes a file that has what a backup has, and stands on what the lowest of the disk's files stands on, which it hides wholly.
     *
     * @param id the same one again makes it anew
     * @throws YadoException {@link ErrorCode#DISK_TOO_SMALL}, {@link ErrorCode#STORAGE_FULL}, and when the backup cannot be read
     */
    public void fromBackup(DiskOrigin origin, UUID id, Mebibytes size, DiskOrigins origins)
            throws InterruptedException {
        long bytes = origins.sizeBytes(origin);
        if (bytes > size.bytes()) {
            throw new YadoException(
                    ErrorCode.DISK_TOO_SMALL,
                    "Disk " + names.disk() + " of " + size + " is smaller than in backup " + origin.backup()
                            + ", which needs " + Mebibytes.ceilOfBytes(bytes) + ".");
        }
        requireRoom("Restoring disk " + names.disk(), origins.dataBytes(origin));
        Path file = names.file(id);
        Backing bottom = look(() ->
                        Optional.ofNullable(Chain.of(names.top(), names).bottom()))
                .orElse(null);
        try {
            Path place = Files.createTempDirectory("yado-restore");
            Path socket = place.resolve("nbd");
            String export = RestoredBase.export(names.disk());
            try {
                Files.deleteIfExists(file);
                tool.create(file, size.bytes(), bottom);
                boolean blank = bottom == null;
                origins.serve(origin, socket, export, () -> tool.fill(file, socket, export, bytes, blank));
            } finally {
                Files.deleteIfExists(socket);
                Files.deleteIfExists(place);
            }
        } catch (IOException e) {
            throw StableFiles.failure("restore disk " + names.disk(), e);
        }
        change(() -> own(file));
    }

    /** Where {@link #over} and {@link #fromBackup} put it. */
    public Path over(UUID id) {
        return names.file(id);
    }

    /** From now on the guest writes to this file. */
    public void changeOver(Path file) {
        change(() -> {
            if (!names.top().equals(file)) {
                names.top(file);
            }
        });
    }

    /** As before {@link #keep} and {@link #over}; never to be called after {@link #changeOver}. */
    public void undo(SnapshotId snapshot, UUID id) {
        change(() -> {
            if (names.top().equals(names.file(id))) {
                throw new IllegalStateException("disk " + names.disk() + " has been changed over to " + id);
            }
            Files.deleteIfExists(names.file(id));
            if (names.of(snapshot).equals(Optional.of(names.top()))) {
                names.forget(snapshot);
            }
        });
    }

    /**
     * Brings into a file what it has of the one below it, so that it stands on what that one stands on. No process may have the file
     * open. Takes long.
     */
    public void bringInto(Path above, Path below) throws InterruptedException {
        tool.rebase(above, backing(below), bytes(below));
        change(() -> sync(above));
    }

    /** There is no such snapshot any more. */
    public void forget(SnapshotId snapshot) {
        change(() -> names.forget(snapshot));
    }

    /** Removes the files that are no snapshot's, that nothing stands on and that the guest does not write to. */
    public void removeUnused() {
        change(() -> {
            Set<Path> used = new HashSet<>(names.ofSnapshots().values());
            used.add(names.top());
            for (Path file : files()) {
                if (!used.contains(file) && above(file).isEmpty()) {
                    Files.delete(file);
                }
            }
        });
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
