package dev.yado.scheduler;

import dev.yado.protocol.Mebibytes;
import java.util.Optional;
import java.util.stream.Collectors;

/** Disks in a shared pool are opened where that very pool is, and it has room for those that are still to be made. */
record SharedPools(PlacementPolicy policy) implements Filter {
    @Override
    public String rule() {
        return "shared-pool";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        return request.kept().pools().stream()
                .flatMap(needed -> refuse(host, needed).stream())
                .findFirst();
    }

    private Optional<Refusal> refuse(HostSnapshot host, Kept.InPool needed) {
        Mobility.SharedPool pool = host.mobility().pool(needed.name()).orElse(null);
        if (pool == null) {
            String all = host.mobility().pools().stream()
                    .map(Mobility.SharedPool::name)
                    .collect(Collectors.joining(", "));
            return refusal(
                    needed, all.isEmpty() ? "no shared pool" : all, "does not have the shared pool " + needed.name());
        }
        if (needed.marker() != null && !needed.marker().equals(pool.marker())) {
            return refusal(
                    needed,
                    needed.name() + " (" + pool.marker() + ")",
                    "has another pool by the name of " + needed.name() + ": its marker is " + pool.marker()
                            + ", the disk was made in " + needed.marker());
        }
        if (pool.problem() != null) {
            return refusal(needed, "unusable", "cannot use the shared pool " + needed.name() + ": " + pool.problem());
        }
        if (needed.needed().equals(Mebibytes.ZERO)) {
            return Optional.empty();
        }
        return Amounts.refuse(
                "MiB of disk in the shared pool " + needed.name(),
                needed.needed().value(),
                policy.sellable(pool).value(),
                pool.promised().value());
    }

    private static Optional<Refusal> refusal(Kept.InPool needed, String available, String detail) {
        return Optional.of(new Refusal("shared pool " + needed.name(), available, detail));
    }
}
