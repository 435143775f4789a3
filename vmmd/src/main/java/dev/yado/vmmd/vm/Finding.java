package dev.yado.vmmd.vm;

import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import java.time.Instant;

/** Makes findings of what a VM's loop has put in order itself. */
final class Finding {
    private Finding() {}

    static DriftFinding pausedUnasked(VmId id, Instant now) {
        return healed(DriftKind.GUEST_PAUSED_UNASKED, id, "guest " + id, "its vCPUs run", "they were held", now);
    }

    static DriftFinding record(DriftKind kind, VmId id, String file, String real, Instant now) {
        return healed(kind, id, "vms/" + id + "/" + file, "as the daemon wrote it", real, now);
    }

    private static DriftFinding healed(
            DriftKind kind, VmId id, String object, String wanted, String real, Instant now) {
        return new DriftFinding(UuidV7.next(), kind, id, object, wanted, real, now, now);
    }
}
