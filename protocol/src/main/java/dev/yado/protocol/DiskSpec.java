package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A disk of a VM, in the order of its bus address: the first is the one that the firmware boots.
 *
 * @param image what it is cloned from; null for an empty disk
 * @param size never smaller than the image's virtual size
 */
public record DiskSpec(DiskId id, @Nullable ImageRef image, Mebibytes size) {}
