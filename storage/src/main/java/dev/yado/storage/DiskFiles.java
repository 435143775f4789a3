package dev.yado.storage;

import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.image.ImageHeader;
import dev.yado.protocol.image.Qcow2Header;
import dev.yado.protocol.migration.CarriedDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disks of VMs. A disk's file is written by a guest's hypervisor, so its header is checked here, without qemu-img, before
 * qemu-img may open it.
 */
final class DiskFiles {
    private static final Logger LOG = LoggerFactory.getLogger(DiskFiles.class);
    static final String DIRECTORY = "disks";

    private static final String SUFFIX = DiskNames.SUFFIX;
    private static final String TEMPORARY = ".new";

    /** Header and first tables of a new disk, rounded up. */
    private static final long METADATA_BYTES = 1 << 20;

    private final ImageStore images;
    private final DiskTool tool;
    private final PoolSettings settings;
    private final Sharing sharing;
    private final ReentrantLock[] locks =
            IntStream.range(0, 64).mapToObj(_ -> new ReentrantLock()).toArray(ReentrantLock[]::new);

    /** @param sharing who else makes files there */
    DiskFiles(ImageStore images, DiskTool tool, PoolSettings settings, Sharing sharing) {
        this.images = images;
        this.tool = tool;
        this.settings = settings;
        this.sharing = sharing;
    }

    /**
     * @param vmDisks the directory of the VM's disks, made where it is missing
     * @param origins where a disk that is not there and has an origin comes from
     * @param copied where the disks lie that one that is not there is copied from; null: it is no copy
     */
    Disk ensure(Path vmDisks, DiskSpec spec, DiskOrigins origins, @Nullable Path copied) throws InterruptedException {
        checkSize(spec);
        ImageRef image = spec.image();
        Disk.Base base = image == null ? null : new Disk.Base(images.get(image), image.format());
        ReentrantLock lock = locks[Math.floorMod(spec.id().hashCode(), locks.length)];
        lock.lockInterruptibly();
        try {
            Path directory = directory(vmDisks);
            DiskNames names = new DiskNames(directory, spec.id());
            Path file = names.top();
            Backing backing = base == null ? null : Backing.of(directory, base);
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                make(directory, file, spec, backing, origins, copied);
            }
            boolean restoring = isRestoring(file, spec);
            Backing expected = restoring ? RestoredBase.backing(spec.id()) : backing;
            Chain chain = checked(file, names, expected);
            if (chain.size() < spec.size().bytes()) {
                requireSpace(directory, "Growing disk " + spec.id());
                tool.grow(file, spec.size().bytes());
                chain = checked(file, names, expected);
            }
            return new Disk(spec.id(), file, chain.layers(), base, new Mebibytes(chain.size() >> 20), restoring);
        } catch (IOException e) {
            throw StableFiles.failure("make disk " + spec.id(), e);
        } finally {
            lock.unlock();
        }
    }

    private void make(
            Path directory,
            Path file,
            DiskSpec spec,
            @Nullable Backing backing,
            DiskOrigins origins,
            @Nullable Path copied)
            throws IOException, InterruptedException {
        DiskOrigin origin = spec.origin();
        DiskCopy copy = spec.copy();
        if (origin != null) {
            restore(directory, file, spec, origin, origins);
        } else if (copy != null) {
            SnapshotCopy from = SnapshotCopy.of(Objects.requireNonNull(copied), copy, backing);
            from.requireFits(directory, spec, settings);
            create(directory, file, spec.id(), fresh -> from.into(fresh, spec, tool));
        } else {
            create(
                    directory,
                    file,
                    spec.id(),
                    fresh -> tool.create(fresh, spec.size().bytes(), backing));
        }
    }

    /** The files of a disk that has snapshots on another host, and an empty one for what the guest writes to. */
    void receive(Path vmDisks, CarriedDisk carried, LayerSource source) throws InterruptedException {
        DiskId id = carried.disk();
        try {
            Path directory = directory(vmDisks);
            DiskNames names = new DiskNames(directory, id);
            PoolSpace.require(
                    directory, "What snapshots of disk " + id + " have", carried.layerBytes(), settings.reserve());
            for (CarriedDisk.LayerFile layer : carried.files()) {
                fetch(directory, own(names, layer.name()), id, layer, source);
            }
            CarriedDisk.Top top = carried.top();
            Path file = own(names, top.name());
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                String below = top.below();
                String format = top.belowFormat();
                Backing backing = below == null || format == null ? null : new Backing(below, format);
                create(directory, file, id, fresh -> tool.createLayer(fresh, top.bytes(), backing));
            }
            for (CarriedDisk.Label label : carried.snapshots()) {
                names.label(label.snapshot(), own(names, label.file()));
            }
            names.top(file);
        } catch (IOException e) {
            throw new YadoException(
                    ErrorCode.VM_START_FAILED,
                    "What snapshots of disk " + id + " have did not come from the source: " + e.getMessage() + ".",
                    e);
        }
    }

    private void fetch(Path directory, Path file, DiskId id, CarriedDisk.LayerFile layer, LayerSource source)
            throws IOException, InterruptedException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            create(directory, file, id, fresh -> {
                source.fetch(layer.name(), fresh);
                if (Files.size(fresh) != layer.bytes()) {
                    throw new IOException(
                            layer.name() + " has " + Files.size(fresh) + " bytes instead of " + layer.bytes());
                }
            });
        }
    }

    private static Path own(DiskNames names, String name) throws IOException {
        return names.named(name).orElseThrow(() -> new IOException(name + " is no file of the disk"));
    }

    private void restore(Path directory, Path file, DiskSpec spec, DiskOrigin origin, DiskOrigins origins)
            throws IOException, InterruptedException {
        long bytes = origins.sizeBytes(origin);
        if (bytes > spec.size().bytes()) {
            throw new YadoException(
                    ErrorCode.DISK_TOO_SMALL,
                    "Disk " + spec.id() + " of " + spec.size() + " is smaller than in backup " + origin.backup()
                            + ", which needs " + Mebibytes.ceilOfBytes(bytes) + ".");
        }
        requireRoomFor(directory, spec, origin, origins);
        switch (origin.mode()) {
            case INSTANT ->
                create(
                        directory,
                        file,
                        spec.id(),
                        fresh -> tool.createLayer(fresh, spec.size().bytes(), RestoredBase.backing(spec.id())));
            case FULL -> {
                Path place = Files.createTempDirectory("yado-restore");
                Path socket = place.resolve("nbd");
                String export = RestoredBase.export(spec.id());
                try {
                    create(directory, file, spec.id(), fresh -> {
                        tool.create(fresh, spec.size().bytes(), null);
                        origins.serve(origin, socket, export, () -> tool.fill(fresh, socket, export, bytes, true));
                    });
                } finally {
                    Files.deleteIfExists(socket);
                    Files.deleteIfExists(place);
                }
            }
        }
    }

    /** Most often there is room for all that it could be, and its map need not be looked at. */
    private void requireRoomFor(Path directory, DiskSpec spec, DiskOrigin origin, DiskOrigins origins)
            throws IOException {
        Mebibytes free = PoolSpace.of(directory).free();
        if (free.compareTo(spec.size().plus(settings.reserve())) < 0) {
            PoolSpace.require(
                    directory,
                    "Restoring disk " + spec.id(),
                    origins.dataBytes(origin) + METADATA_BYTES,
                    settings.reserve());
        }
    }

    /** Its backup is still needed. */
    private static boolean isRestoring(Path file, DiskSpec spec) throws IOException {
        DiskOrigin origin = spec.origin();
        if (origin == null || origin.mode() != DiskOrigin.Mode.INSTANT) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            Qcow2Header header = Qcow2Header.parse(in.readNBytes(ImageHeader.HEAD_BYTES), Files.size(file));
            return RestoredBase.backing(spec.id()).equals(Backing.of(header));
        } catch (YadoException e) {
            return false;
        }
    }

    boolean holds(Path vmDisks, DiskId id) {
        try {
            return Files.exists(new DiskNames(vmDisks, id).top(), LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw StableFiles.failure("look for disk " + id, e);
        }
    }

    DiskSighting look(Path vmDisks, DiskSpec spec, boolean inUse) {
        DiskNames names = new DiskNames(vmDisks, spec.id());
        Path file = vmDisks.resolve(spec.id() + SUFFIX);
        try {
            file = names.top();
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return new DiskSighting(file, -1, 0, false, "it is gone");
            }
            long inode = ((Number) Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS)).longValue();
            long bytes = Files.size(file);
            return new DiskSighting(
                    file, bytes, inode, isRestoring(file, spec), inUse ? null : damage(file, names, spec));
        } catch (IOException e) {
            return new DiskSighting(file, -1, 0, false, "it cannot be read");
        }
    }

    /** Its base is not asked for: only what the file itself says. */
    private static @Nullable String damage(Path file, DiskNames names, DiskSpec spec) throws IOException {
        try {
            Chain chain = Chain.of(file, names);
            boolean clone = chain.bottom() != null && !isRestoring(file, spec);
            if (clone != (spec.image() != null)) {
                return clone ? "it is a clone, which it was not" : "it is not a clone any more";
            }
            return chain.size() < spec.size().bytes() ? "it is smaller than the disk was" : null;
        } catch (NoSuchFileException e) {
            return "a snapshot that it stands on is gone";
        } catch (YadoException e) {
            return e.getMessage();
        }
    }

    /**
     * @param all a directory of directories of disks
     * @return sha256 of the images that they stand on
     */
    static Set<String> bases(Path all) throws IOException {
        Set<String> bases = new HashSet<>();
        try (DirectoryStream<Path> vms = Files.newDirectoryStream(all)) {
            for (Path vm : vms) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(vm, "*" + SUFFIX + "*")) {
                    for (Path file : files) {
                        base(file).ifPresent(bases::add);
                    }
                } catch (NoSuchFileException | NotDirectoryException e) {
                    LOG.debug("{} was removed meanwhile", vm);
                }
            }
        }
        return bases;
    }

    private static Optional<String> base(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String name = Qcow2Header.parse(in.readNBytes(ImageHeader.HEAD_BYTES), Files.size(file))
                    .backingFile();
            return name == null
                    ? Optional.empty()
                    : Optional.of(name.substring(name.lastIndexOf('/') + 1).replaceFirst("\\..*", ""));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (YadoException e) {
            throw new IOException(file + " has no header that tells what it stands on", e);
        }
    }

    void remove(Path directory) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw StableFiles.failure("remove the disks of the VM", e);
        }
    }

    private static void checkSize(DiskSpec spec) {
        long bytes = spec.size().value() > ImageHeader.MAX_VIRTUAL_SIZE >> 20
                ? 0
                : spec.size().bytes();
        if (bytes == 0) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "Disk " + spec.id() + " of " + spec.size() + " is not between 1 and "
                            + (ImageHeader.MAX_VIRTUAL_SIZE >> 20) + " MiB.");
        }
        ImageRef image = spec.image();
        if (image != null && bytes < image.virtualSize()) {
            throw new YadoException(
                    ErrorCode.DISK_TOO_SMALL,
                    "Disk " + spec.id() + " of " + spec.size() + " is smaller than its image, which needs "
                            + Mebibytes.ceilOfBytes(image.virtualSize()) + ".");
        }
    }

    private Path directory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
        FileOwner owner = settings.owner();
        if (owner != null) {
            owner.enterDirectory(directory);
        }
        return directory.toRealPath();
    }

    private interface Content {
        void writeTo(Path fresh) throws IOException, InterruptedException;
    }

    private void create(Path directory, Path file, DiskId disk, Content content)
            throws IOException, InterruptedException {
        requireSpace(directory, "Making disk " + disk);
        Path temporary = directory.resolve(disk + sharing.unique(SUFFIX) + TEMPORARY);
        try {
            Files.deleteIfExists(temporary);
            content.writeTo(temporary);
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
            FileOwner owner = settings.owner();
            if (owner != null) {
                owner.takeDisk(temporary);
            }
            sharing.publish(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** @param backing what it, or the lowest of its layers, stands on */
    private static Chain checked(Path file, DiskNames names, @Nullable Backing backing) throws IOException {
        DiskId id = names.disk();
        Chain chain;
        try {
            chain = Chain.of(file, names);
        } catch (YadoException e) {
            throw new YadoException(
                    ErrorCode.INTERNAL, "Disk " + id + " is damaged and was left as it is. " + e.getMessage(), e);
        }
        if (!Objects.equals(chain.bottom(), backing)) {
            LOG.error("{} has the base {} instead of {}", file, chain.bottom(), backing);
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "Disk " + id + " exists but is not "
                            + (backing == null ? "an independent disk" : "a clone of the image that its spec names")
                            + "; it was left as it is.");
        }
        return chain;
    }

    /** The files of a disk that is there. */
    DiskLayers layers(Path vmDisks, DiskId id) {
        return new DiskLayers(new DiskNames(vmDisks, id), tool, settings);
    }

    private void requireSpace(Path directory, String what) throws IOException {
        PoolSpace.require(directory, what, METADATA_BYTES, settings.reserve());
    }
}
