package dev.yado.scheduler;

import java.util.Optional;

/** Disks promised on a host stay within its pool times the overcommit ratio. */
record EnoughDisk(PlacementPolicy policy) implements Filter {
    @Override
    public String rule() {
        return "disk";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        return Amounts.refuse(
                "MiB of disk",
                request.needed().disk().value(),
                policy.sellableDisk(host).value(),
                host.allocated().disk().value());
    }
}
