package dev.yado.vmmd.move;

import org.jspecify.annotations.Nullable;

/**
 * What leaves a host.
 *
 * @param qemu the process that it goes from; null when that is gone, or there is none
 * @param disks those that are copied
 */
record Leaving(@Nullable SourceQemu qemu, CopiedDisks disks) {}
