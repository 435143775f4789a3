package dev.yado.protocol.migration;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.SnapshotId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A disk that is copied and has snapshots. What these have lies in files that nobody writes to any more: they go to the destination as
 * they are, before the guest does. What the guest writes to stands on them there as it does here.
 *
 * @param top the file that the guest writes to, which is copied with the guest
 * @param files all others
 * @param snapshots which file has what which snapshot has
 */
public record CarriedDisk(DiskId disk, Top top, List<LayerFile> files, List<Label> snapshots) {
    public CarriedDisk {
        files = List.copyOf(files);
        snapshots = List.copyOf(snapshots);
    }

    /**
     * @param bytes what the guest sees of it
     * @param below what its header says that it stands on, relative to the disk's directory; null: nothing
     * @param belowFormat null with {@code below}
     */
    public record Top(
            String name,
            long bytes,
            @Nullable String below,
            @Nullable String belowFormat) {}

    /** @param bytes its length */
    public record LayerFile(String name, long bytes) {}

    public record Label(SnapshotId snapshot, String file) {}

    /** What has to be sent of it before the guest goes. */
    public long layerBytes() {
        return files.stream().mapToLong(LayerFile::bytes).sum();
    }
}
