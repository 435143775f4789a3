package dev.yado.protocol.migration;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmSpec;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM that is to come to a host.
 *
 * @param from who may say {@code go}
 * @param spec what is wanted of it there: its run epoch is newer than the one that it runs under now. Desired RUNNING or PAUSED: it
 *     comes with its memory; STOPPED: only its disks come
 * @param accelerator what it runs with at the source; null for one that does not run
 * @param sourceCertificates of the authority that the source's end of the streams is signed by, PEM: nobody else may connect
 * @param copied disks that are in no pool that both hosts share: made here and filled by the source
 * @param carried what snapshots of these disks have; null: there are none. A destination that takes snapshots says so
 *     ({@link dev.yado.protocol.MigrationFacts#takesSnapshots})
 * @param giveUpAt nobody has said go or settled by then: the destination aborts by itself
 */
public record Arrival(
        MigrationId id,
        HostId from,
        VmSpec spec,
        @Nullable Accelerator accelerator,
        String sourceCertificates,
        List<DiskId> copied,
        @Nullable Carried carried,
        Instant giveUpAt) {
    public Arrival {
        copied = List.copyOf(copied);
    }

    public boolean live() {
        return spec.desired() != DesiredState.STOPPED;
    }
}
