package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A disk of a VM, in the order of its bus address: the first is the one that the firmware boots.
 *
 * @param image what it is cloned from; null for an empty disk
 * @param size never smaller than the image's virtual size, or than the disk in the backup
 * @param pool the shared pool that it lies in; null: the host's own
 * @param origin the backup whose content it has in the beginning; null: none
 * @param copy the snapshot whose content it has in the beginning; null: none. Without either it has that of its image, or nothing
 */
public record DiskSpec(
        DiskId id,
        @Nullable ImageRef image,
        Mebibytes size,
        @Nullable String pool,
        @Nullable DiskOrigin origin,
        @Nullable DiskCopy copy) {
    public DiskSpec {
        if (origin != null && (image != null || copy != null)) {
            throw new IllegalArgumentException(
                    "disk " + id + " is made from a backup, and from something else as well");
        }
    }

    /** A disk that is copied from no snapshot. */
    public DiskSpec(
            DiskId id, @Nullable ImageRef image, Mebibytes size, @Nullable String pool, @Nullable DiskOrigin origin) {
        this(id, image, size, pool, origin, null);
    }

    /** A disk that comes from no backup. */
    public DiskSpec(DiskId id, @Nullable ImageRef image, Mebibytes size, @Nullable String pool) {
        this(id, image, size, pool, null);
    }

    /** A disk in the host's own pool. */
    public DiskSpec(DiskId id, @Nullable ImageRef image, Mebibytes size) {
        this(id, image, size, null, null);
    }

    /** The same disk, whose content is somewhere already. */
    public DiskSpec withoutOrigin() {
        return new DiskSpec(id, image, size, pool, null);
    }
}
