package dev.yado.scheduler;

import java.util.Optional;

/** A host that is taken out of service is given no guests. */
record InService() implements Filter {
    @Override
    public String rule() {
        return "in-service";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        return host.maintenance()
                ? Optional.of(new Refusal("a host in service", "maintenance", "is in maintenance"))
                : Optional.empty();
    }
}
