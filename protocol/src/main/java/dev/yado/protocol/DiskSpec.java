package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A disk of a VM, in the order of its bus address: the first is the one that the firmware boots.
 *
 * @param image what it is cloned from; null for an empty disk
 * @param size never smaller than the image's virtual size
 * @param pool the shared pool that it lies in; null: the host's own
 */
public record DiskSpec(
        DiskId id,
        @Nullable ImageRef image,
        Mebibytes size,
        @Nullable String pool) {
    /** A disk in the host's own pool. */
    public DiskSpec(DiskId id, @Nullable ImageRef image, Mebibytes size) {
        this(id, image, size, null);
    }
}
