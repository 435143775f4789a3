package dev.yado.host;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmId;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.telemetry.LogKey;

/** One host's part in snapshots, over HTTPS. */
record HttpSnapshotAgent(HostAddress address, HttpCalls calls) implements SnapshotAgent {
    private static final String SNAPSHOT = "/v1/vms/{id}/snapshot";

    @Override
    public SnapshotAnswer putSnapshot(CallFence fence, VmId vm, SnapshotJob job) {
        return calls.send(
                address,
                new HttpCalls.Request(
                        "PUT " + SNAPSHOT, LogKey.VM, vm, "PUT", SNAPSHOT.replace("{id}", vm.toString()), fence, job),
                SnapshotAnswer.class);
    }
}
