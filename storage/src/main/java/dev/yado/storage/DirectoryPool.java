package dev.yado.storage;

import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.CarriedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The images and disks of one host, as files. Images lie in {@code <root>/images/<sha256>.<raw|qcow2>} and are never written
 * again; disks lie beside the rest of their VM, in {@code <vmDir>/disks/<diskId>.qcow2}, as thin clones of an image or empty.
 *
 * <p>Every method may be called by any thread and repeated after any failure, also after the process died in the middle. Errors
 * are {@link YadoException}s whose sentence carries no path; what only an operator may see is in the cause and in the log.
 */
public final class DirectoryPool implements AutoCloseable {
    private final Path root;
    private final ImageStore images;
    private final DiskFiles disks;

    private DirectoryPool(Path root, ImageStore images, DiskFiles disks) {
        this.root = root;
        this.images = images;
        this.disks = disks;
    }

    /** Makes the directories that are missing and removes what an earlier process left half-done. One pool per root. */
    public static DirectoryPool open(Path root, ImageSource source, DiskTool tool, PoolSettings settings)
            throws IOException {
        Path real = Files.createDirectories(root.toAbsolutePath()).toRealPath();
        ImageStore images = ImageStore.open(real.resolve(ImageStore.DIRECTORY), source, settings, Sharing.NONE);
        return new DirectoryPool(real, images, new DiskFiles(images, tool, settings, Sharing.NONE));
    }

    /**
     * Gives the file of an image, read-only, and fetches it first when it is absent. Callers that want the same image at the same
     * time share one download; it ends when the last of them is interrupted.
     *
     * @throws YadoException {@link ErrorCode#IMAGE_UNAVAILABLE} when the source fails, stalls or gives something else than
     *     promised; {@link ErrorCode#STORAGE_FULL} when there is no room
     */
    public Path image(ImageRef image) throws InterruptedException {
        return images.get(image);
    }

    /**
     * Makes a disk when it is absent, grows it when the spec is larger and never shrinks it. The image of a clone is fetched when
     * it is absent. Call it only while no process has the disk open.
     *
     * @throws YadoException as {@link #image}; {@link ErrorCode#DISK_TOO_SMALL} when the spec is smaller than its image;
     *     {@link ErrorCode#CONFLICT} when the disk exists as a clone of something else; {@link ErrorCode#INTERNAL} when the
     *     existing file is damaged, which is then left as it is
     */
    public Disk ensureDisk(Path vmDir, DiskSpec spec) throws InterruptedException {
        return ensureDisk(vmDir, spec, DiskOrigins.NONE);
    }

    /** As {@link #ensureDisk(Path, DiskSpec)}, of a disk that may come from a backup, or from a snapshot of a VM whose directory lies beside this one's. */
    Disk ensureDisk(Path vmDir, DiskSpec spec, DiskOrigins origins) throws InterruptedException {
        DiskCopy copy = spec.copy();
        Path copied =
                copy == null ? null : disksOf(vmDir.resolveSibling(copy.vm().toString()));
        return disks.ensure(disksOf(vmDir), spec, origins, copied);
    }

    /** The file of the disk is there, whatever it holds. */
    public boolean holds(Path vmDir, DiskId disk) {
        return disks.holds(disksOf(vmDir), disk);
    }

    /** Makes the files of a disk that has snapshots elsewhere, and fetches what these have. What is there already is let be. */
    public void receive(Path vmDir, CarriedDisk disk, LayerSource source) throws InterruptedException {
        disks.receive(disksOf(vmDir), disk, source);
    }

    /** The files of a disk that is there. */
    public DiskLayers layers(Path vmDir, DiskId disk) {
        return disks.layers(disksOf(vmDir), disk);
    }

    /** Looks at a disk's file and changes nothing. */
    public DiskSighting look(Path vmDir, DiskSpec disk, boolean inUse) {
        return disks.look(disksOf(vmDir), disk, inUse);
    }

    /**
     * Looks at all that lies in the directory of images. An image's content is read whole where it is not known to be what it was
     * when it was last read, at most one in a call.
     */
    public List<ImageSighting> lookAtImages() {
        return images.look();
    }

    /** Removes an image's file that is not what its name says. Processes that have it open keep what they have. */
    public void discard(String file) {
        images.discard(file);
    }

    /** Removes all disks of a VM, for good. Nothing happens when there are none. */
    public void removeDisks(Path vmDir) {
        disks.remove(disksOf(vmDir));
    }

    /** Room on the pool's file system at this moment. */
    public PoolSpace space() {
        try {
            return PoolSpace.of(root);
        } catch (IOException e) {
            throw StableFiles.failure("read the free space of the pool", e);
        }
    }

    /**
     * Removes the images that are in none of the host's specs and that nobody asked for during {@link PoolSettings#grace}. The
     * grace time must be longer than the age of {@code inUse}; a base that is removed in error is fetched again with the next
     * {@link #ensureDisk}.
     *
     * @param inUse sha256 of every image of every VM of this host
     * @return sha256 of what was removed
     */
    public Set<String> evictUnused(Set<String> inUse) {
        return images.evictUnused(inUse);
    }

    private static Path disksOf(Path vmDir) {
        return vmDir.resolve(DiskFiles.DIRECTORY);
    }

    /** Ends running downloads; their callers get {@link ErrorCode#CANCELLED}. */
    @Override
    public void close() {
        images.close();
    }
}
