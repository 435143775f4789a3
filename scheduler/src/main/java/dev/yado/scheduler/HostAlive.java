package dev.yado.scheduler;

import java.util.Optional;

/** A host that does not report is given no new guests. */
record HostAlive() implements Filter {
    @Override
    public String rule() {
        return "host-alive";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        if (host.alive()) {
            return Optional.empty();
        }
        String silence = host.silence().toSeconds() + " s";
        return Optional.of(
                new Refusal("a report within the lease", "silent for " + silence, "has not reported for " + silence));
    }
}
