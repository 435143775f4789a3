package dev.yado.scheduler;

/**
 * How much room is left after placing: high on an empty host. Packing turns it round.
 *
 * @param pack prefer the fullest host
 */
record EvenLoad(PlacementPolicy policy, boolean pack) implements Weight {
    @Override
    public String name() {
        return pack ? "pack" : "spread";
    }

    @Override
    public double factor() {
        return 1;
    }

    @Override
    public double score(HostSnapshot host, PlacementRequest request) {
        var needed = request.needed();
        var allocated = host.allocated();
        double vcpus = Amounts.share(needed.vcpus(), policy.sellableVcpus(host), allocated.vcpus());
        double memory = Amounts.share(
                needed.memory().value(),
                policy.sellableMemory(host).value(),
                allocated.memory().value());
        double load = (vcpus + memory) / 2;
        return pack ? load : 1 - load;
    }
}
