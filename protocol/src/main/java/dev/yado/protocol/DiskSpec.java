package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A disk of a VM, in the order of its bus address: the first is the one that the firmware boots.
 *
 * @param image what it is cloned from; null for an empty disk
 * @param size never smaller than the image's virtual size, or than the disk in the backup
 * @param pool the shared pool that it lies in; null: the host's own
 * @param origin what is on it in the beginning; null: its image, or nothing
 */
public record DiskSpec(
        DiskId id,
        @Nullable ImageRef image,
        Mebibytes size,
        @Nullable String pool,
        @Nullable DiskOrigin origin) {
    public DiskSpec {
        if (image != null && origin != null) {
            throw new IllegalArgumentException("disk " + id + " is made from an image or from a backup, not from both");
        }
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
