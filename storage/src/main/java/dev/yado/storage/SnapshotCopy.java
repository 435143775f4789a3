package dev.yado.storage;

import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot has of a disk, to be copied into another disk. The files are read only, and are nobody's to write while they are a
 * snapshot's: a guest may run on what stands on them.
 *
 * @param layers from the top to the bottom
 * @param size of the disk when the snapshot was taken, in bytes
 * @param bottom what the lowest of them stands on; null: nothing
 * @param bytes that they take
 */
record SnapshotCopy(
        DiskCopy of, List<Path> layers, long size, @Nullable Backing bottom, long bytes) {
    SnapshotCopy {
        layers = List.copyOf(layers);
    }

    /**
     * @param disks the directory of the disks of the snapshot's VM
     * @param expected what the lowest is to stand on
     * @throws YadoException {@link ErrorCode#SNAPSHOT_FAILED} when there is no such snapshot, or it stands on something else
     */
    static SnapshotCopy of(Path disks, DiskCopy copy, @Nullable Backing expected) throws IOException {
        DiskNames names = new DiskNames(disks, copy.disk());
        Path top = names.of(copy.snapshot()).orElseThrow(() -> gone(copy));
        try {
            Chain chain = Chain.of(top, names);
            if (!Objects.equals(chain.bottom(), expected)) {
                throw failed(copy, "stands on another image than the copy is to");
            }
            List<Path> layers = new ArrayList<>(List.of(top));
            layers.addAll(chain.layers());
            long bytes = 0;
            for (Path layer : layers) {
                bytes += Files.size(layer);
            }
            return new SnapshotCopy(copy, layers, chain.size(), chain.bottom(), bytes);
        } catch (NoSuchFileException e) {
            throw gone(copy);
        }
    }

    private static YadoException gone(DiskCopy copy) {
        return failed(copy, "is not on this host any more");
    }

    private static YadoException failed(DiskCopy copy, String why) {
        return new YadoException(
                ErrorCode.SNAPSHOT_FAILED,
                "Snapshot " + copy.snapshot() + " of disk " + copy.disk() + " of VM " + copy.vm() + " " + why + ".");
    }

    /** @throws YadoException {@link ErrorCode#DISK_TOO_SMALL}, {@link ErrorCode#STORAGE_FULL} */
    void requireFits(Path directory, DiskSpec disk, PoolSettings settings) throws IOException {
        if (size > disk.size().bytes()) {
            throw new YadoException(
                    ErrorCode.DISK_TOO_SMALL,
                    "Disk " + disk.id() + " of " + disk.size() + " is smaller than in snapshot " + of.snapshot()
                            + ", which needs " + Mebibytes.ceilOfBytes(size) + ".");
        }
        PoolSpace.require(directory, "Copying disk " + disk.id(), bytes, settings.reserve());
    }

    /** Makes the file. */
    void into(Path fresh, DiskSpec disk, DiskTool tool) throws InterruptedException {
        tool.create(fresh, disk.size().bytes(), bottom);
        if (bottom == null) {
            tool.copy(layers.getFirst(), fresh, null, bytes);
            return;
        }
        for (Path layer : layers.reversed()) {
            tool.copy(layer, fresh, bottom, bytes);
        }
    }
}
