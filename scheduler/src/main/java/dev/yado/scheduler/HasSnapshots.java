package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import java.util.Optional;

/** Disks are copied from snapshots where these are. */
record HasSnapshots() implements Filter {
    @Override
    public String rule() {
        return "snapshot";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        HostId there = request.kept().snapshots();
        return there == null || there.equals(host.id())
                ? Optional.empty()
                : Optional.of(new Refusal(
                        "the snapshots that host " + there + " has",
                        "host " + host.id(),
                        "does not have the snapshot that the VM is made of"));
    }
}
