package dev.yado.scheduler;

import java.util.Optional;

/** vCPUs promised on a host stay within its CPUs times the overcommit ratio. */
record EnoughVcpus(PlacementPolicy policy) implements Filter {
    @Override
    public String rule() {
        return "vcpus";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        return Amounts.refuse(
                "vCPUs",
                request.needed().vcpus(),
                policy.sellableVcpus(host),
                host.allocated().vcpus());
    }
}
