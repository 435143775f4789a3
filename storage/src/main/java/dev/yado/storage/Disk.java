package dev.yado.storage;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A disk as it lies in the pool. Its header was checked, yet a guest's hypervisor may write to the file: give QEMU {@code base}
 * as an explicit, read-only backing node, so that it never follows the name in the header.
 *
 * @param file always qcow2
 * @param layers of snapshots that the file stands on, from the top to the bottom: to be given to QEMU likewise
 * @param base what it is a thin clone of, or the lowest of its layers; null for a disk that began empty
 * @param size what the guest sees: at least the asked size, more when it was larger already
 * @param restoring what the file does not have yet comes from its backup: QEMU has to be given {@link RestoredBase}
 */
public record Disk(
        DiskId id, Path file, List<Path> layers, @Nullable Base base, Mebibytes size, boolean restoring) {
    public Disk {
        layers = List.copyOf(layers);
    }

    public record Base(Path file, ImageFormat format) {}
}
