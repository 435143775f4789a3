package dev.yado.scheduler;

import java.util.Optional;

/** Software runs on its own instruction set. */
record ArchitectureFits() implements Filter {
    @Override
    public String rule() {
        return "architecture";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        if (host.architecture() == request.architecture()) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                request.architecture().name(),
                host.architecture().name(),
                "is " + host.architecture() + ", the images are for " + request.architecture()));
    }
}
