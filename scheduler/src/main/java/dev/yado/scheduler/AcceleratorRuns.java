package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import java.util.Optional;

/** An accelerator that was asked for by name must be able to run guests. */
record AcceleratorRuns() implements Filter {
    @Override
    public String rule() {
        return "accelerator";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        boolean runs = switch (request.accelerator()) {
            case AUTO -> true;
            case KVM -> host.runnable().contains(Accelerator.KVM);
            case TCG -> host.runnable().contains(Accelerator.TCG);
        };
        if (runs) {
            return Optional.empty();
        }
        AcceleratorChoice asked = request.accelerator();
        return Optional.of(new Refusal(
                asked.name(), host.runnable().toString(), "cannot run guests with " + asked + " (see its self-test)"));
    }
}
