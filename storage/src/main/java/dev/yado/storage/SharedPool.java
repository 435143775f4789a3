package dev.yado.storage;

import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A directory that several hosts see: NFS, CephFS, whatever the operator mounts. Disks lie in {@code disks/<vm>/<disk>.qcow2},
 * their images in {@code images/}, fetched once for all hosts. What is done to it is safe while other hosts do the same.
 *
 * <p>Before anything is opened the marker is looked at: a pool that is not mounted, or another one than it was, is never written to.
 */
public final class SharedPool implements AutoCloseable {
    /** An image that no disk stands on and that nobody asked for is kept for so long. */
    private static final Duration IMAGES_KEPT = Duration.ofDays(1);

    private final String name;
    private final Path root;
    private final PoolSight sight;
    private final ImageSource source;
    private final DiskTool tool;
    private final PoolSettings settings;
    private @Nullable Content content;

    private record Content(ImageStore images, DiskFiles disks) {}

    /**
     * How it is.
     *
     * @param marker of zeroes while it was never seen
     * @param problem a part of a sentence; null when disks of it can be opened
     */
    public record Standing(
            String name,
            UUID marker,
            Mebibytes size,
            Mebibytes free,
            @Nullable String problem) {}

    private SharedPool(
            String name, Path root, PoolSight sight, ImageSource source, DiskTool tool, PoolSettings settings) {
        this.name = name;
        this.root = root;
        this.sight = sight;
        this.source = source;
        this.tool = tool;
        this.settings = settings;
    }

    /**
     * Never fails for what is wrong with the pool, and does not wait for it long: its standing says so.
     *
     * @param directory where it is mounted
     * @param records a directory of this host's own, where it keeps which marker it has seen
     * @throws IOException when the host's own directory cannot be used
     */
    public static SharedPool open(
            String name, Path directory, Path records, ImageSource source, DiskTool tool, PoolSettings settings)
            throws IOException, InterruptedException {
        Path root = directory.toAbsolutePath().normalize();
        FileOwner owner = settings.owner() == null ? FileOwner.self() : settings.owner();
        PoolSight sight = new PoolSight(
                name, root, Files.createDirectories(records).resolve(name), owner, settings.owner() != null);
        sight.begin();
        return new SharedPool(name, root, sight, source, tool, settings);
    }

    public String name() {
        return name;
    }

    /** Without a path that does not exist on every host. */
    Path root() {
        return root;
    }

    /** Never blocks. */
    public Standing standing() {
        return sight.standing();
    }

    /** As {@link DirectoryPool#ensureDisk}. The image lies in this pool as well, so that every host can open what the disk stands on. */
    Disk ensureDisk(VmId vm, DiskSpec spec, DiskOrigins origins) throws InterruptedException {
        Content open = content();
        DiskCopy copy = spec.copy();
        Disk disk = open.disks().ensure(disksOf(vm), spec, origins, copy == null ? null : disksOf(copy.vm()));
        ImageRef image = spec.image();
        if (image != null) {
            // Another host may have thrown it away before it could see this disk.
            open.images().get(image);
        }
        return disk;
    }

    Disk ensureDisk(VmId vm, DiskSpec spec) throws InterruptedException {
        return ensureDisk(vm, spec, DiskOrigins.NONE);
    }

    boolean holds(VmId vm, DiskId disk) {
        return content().disks().holds(disksOf(vm), disk);
    }

    /** The files of a disk that is there. */
    DiskLayers layers(VmId vm, DiskId disk) {
        return content().disks().layers(disksOf(vm), disk);
    }

    /** Empty while the pool cannot be looked at: then nothing can be said of its disks. */
    Optional<DiskSighting> look(VmId vm, DiskSpec disk, boolean inUse) {
        if (sight.problem() != null) {
            return Optional.empty();
        }
        try {
            return Optional.of(content().disks().look(disksOf(vm), disk, inUse));
        } catch (YadoException e) {
            return Optional.empty();
        }
    }

    /**
     * Removes all disks that a VM has here, for good.
     *
     * @throws YadoException {@link ErrorCode#IN_USE} when a QEMU has one of them open, on whatever host
     */
    void removeDisks(VmId vm) {
        Content open = content();
        Path directory = disksOf(vm);
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.qcow2")) {
            for (Path file : files) {
                if (ImageLocks.held(file)) {
                    throw new YadoException(
                            ErrorCode.IN_USE,
                            "A disk of VM " + vm + " in the shared pool " + name + " is open in a QEMU of some host.");
                }
            }
        } catch (IOException e) {
            throw StableFiles.failure("look at the disks of the VM in the shared pool " + name, e);
        }
        open.disks().remove(directory);
    }

    /** Removes images that no disk of the pool stands on, whoever's disk, and that nobody asked for in a day. */
    public Set<String> evictUnused() {
        if (sight.problem() != null) {
            return Set.of();
        }
        try {
            return content().images().evictUnused(DiskFiles.bases(root.resolve(DiskFiles.DIRECTORY)), IMAGES_KEPT);
        } catch (IOException e) {
            throw StableFiles.failure("look for unused images of the shared pool " + name, e);
        }
    }

    private Path disksOf(VmId vm) {
        return root.resolve(DiskFiles.DIRECTORY).resolve(vm.toString());
    }

    /** @throws YadoException {@link ErrorCode#POOL_UNAVAILABLE} */
    private synchronized Content content() {
        String problem = sight.lookNow();
        if (problem != null) {
            throw new YadoException(
                    ErrorCode.POOL_UNAVAILABLE,
                    "The shared pool " + name + " cannot be used on this host: " + problem + ".");
        }
        Content open = content;
        if (open == null) {
            try {
                makeDisksDirectory();
                ImageStore images =
                        ImageStore.open(root.resolve(ImageStore.DIRECTORY), source, settings, Sharing.HOSTS);
                open = new Content(images, new DiskFiles(images, tool, settings, Sharing.HOSTS));
            } catch (IOException e) {
                throw StableFiles.failure("open the shared pool " + name, e);
            }
            content = open;
        }
        return open;
    }

    private void makeDisksDirectory() throws IOException {
        Path disks = root.resolve(DiskFiles.DIRECTORY);
        if (!Files.isDirectory(disks)) {
            Files.createDirectories(disks);
            Files.setPosixFilePermissions(disks, PosixFilePermissions.fromString("rwx------"));
        }
        FileOwner owner = settings.owner();
        if (owner != null) {
            owner.enterDirectory(disks);
        }
    }

    /** Ends running downloads. */
    @Override
    public synchronized void close() {
        sight.close();
        Content open = content;
        if (open != null) {
            open.images().close();
        }
    }
}
