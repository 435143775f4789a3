package dev.yado.scheduler;

import java.util.Optional;

/** Memory is never promised twice: a guest's pages exist or the host swaps. */
record EnoughMemory(PlacementPolicy policy) implements Filter {
    @Override
    public String rule() {
        return "memory";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        return Amounts.refuse(
                "MiB of memory",
                request.needed().memory().value(),
                policy.sellableMemory(host).value(),
                host.allocated().memory().value());
    }
}
