package dev.yado.vmmd.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.protocol.snapshot.SnapshotJob;
import java.io.IOException;
import java.util.HashSet;
import java.util.Objects;

/** The route of snapshots. */
final class SnapshotRoutes {
    private final SnapshotAgent snapshots;

    SnapshotRoutes(SnapshotAgent snapshots) {
        this.snapshots = snapshots;
    }

    /** @return false when the path is none of snapshots */
    boolean route(String method, String[] parts, Exchange exchange) throws IOException {
        if (!method.equals("PUT") || parts.length != 4 || !parts[1].equals("vms") || !parts[3].equals("snapshot")) {
            return false;
        }
        SnapshotJob job = exchange.body(SnapshotJob.class);
        require(job.id() != null && job.verb() != null && job.snapshot() != null, "id, verb or snapshot is missing");
        require(job.disks().stream().allMatch(Objects::nonNull), "a disk has no id");
        require(
                job.origins().stream().allMatch(source -> source.disk() != null && source.origin() != null),
                "a source is incomplete");
        require(new HashSet<>(job.disks()).size() == job.disks().size(), "a disk is named twice");
        exchange.answer(snapshots.putSnapshot(exchange.fence(), VmId.of(parts[2]), job));
        return true;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "The snapshot is refused: " + otherwise + ".");
        }
    }
}
