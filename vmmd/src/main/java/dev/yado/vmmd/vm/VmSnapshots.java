package dev.yado.vmmd.vm;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmId;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import java.util.Optional;

/** The snapshots of this host's VMs. */
public final class VmSnapshots implements SnapshotAgent {
    private final Vms vms;

    public VmSnapshots(Vms vms) {
        this.vms = vms;
    }

    @Override
    public SnapshotAnswer putSnapshot(CallFence fence, VmId vm, SnapshotJob job) {
        return vms.ask(vm, reply -> new VmEvent.PutSnapshot(fence, job, reply), Optional::empty);
    }
}
