package dev.yado.vmmd.snapshot;

import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.storage.DiskLayers;
import dev.yado.storage.Pools;
import dev.yado.vmmd.agent.GuestFileSystems;
import dev.yado.vmmd.qmp.QmpSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * @param directory the VM's
 * @param guest null: it does not run
 */
public record Order(
        VmSpec spec,
        SnapshotJob job,
        Path directory,
        @Nullable Guest guest) {

    /** A guest that runs. */
    public record Guest(QmpSession qemu, GuestFileSystems fileSystems) {}

    /** The conversation with the guest's process; null: it does not run. */
    @Nullable
    QmpSession qemu() {
        return guest == null ? null : guest.qemu();
    }

    /** One of the disks that are meant. @param place among the VM's */
    record Part(int place, DiskSpec disk, DiskLayers layers) {}

    /** @throws YadoException {@link ErrorCode#NOT_FOUND} when the VM has no such disk */
    List<Part> parts(Pools pools) {
        List<Part> parts = new ArrayList<>();
        List<DiskSpec> all = spec.shape().disks();
        for (int place = 0; place < all.size(); place++) {
            DiskSpec disk = all.get(place);
            if (job.disks().contains(disk.id())) {
                parts.add(new Part(place, disk, pools.layers(new Pools.Home(spec.id(), directory), disk)));
            }
        }
        if (parts.size() != job.disks().size()) {
            throw new YadoException(ErrorCode.NOT_FOUND, "The VM does not have all disks that are named.");
        }
        return parts;
    }
}
