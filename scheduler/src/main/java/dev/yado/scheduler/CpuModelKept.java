package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A guest sees the processor that it has been started with, on every host. */
record CpuModelKept() implements Filter {
    @Override
    public String rule() {
        return "cpu-model";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        Accelerator with = request.acceleratorOn(host);
        return switch (request.kept().cpu()) {
            case Kept.Cpu.Any() -> Optional.empty();
            case Kept.Cpu.Named(String model) -> lacks(host, with, model);
            // On a host that says nothing of models it is pinned to none.
            case Kept.Cpu.Baseline(var models) ->
                host.mobility().models(with).isEmpty() ? Optional.empty() : lacks(host, with, models.get(with));
            case Kept.Cpu.Like(Accelerator now, Mobility here) -> unlike(host, now, here);
        };
    }

    private static Optional<Refusal> lacks(HostSnapshot host, Accelerator with, @Nullable String model) {
        if (model == null || host.mobility().models(with).contains(model)) {
            return Optional.empty();
        }
        var known = host.mobility().models(with);
        return Optional.of(
                known.isEmpty()
                        ? new Refusal(model, "not known", "says nothing of the CPU models that guests get with " + with)
                        : new Refusal(
                                model,
                                known.getLast(),
                                "its processor (" + host.mobility().cpu() + ") has not all of CPU model " + model
                                        + "; the best that it has with " + with + " is " + known.getLast()));
    }

    /** A software processor is that of its QEMU, of which the list of its models is the sign. */
    private static Optional<Refusal> unlike(HostSnapshot host, Accelerator now, Mobility here) {
        Mobility there = host.mobility();
        boolean like = !here.cpu().isEmpty()
                && there.models(now).equals(here.models(now))
                && (now == Accelerator.TCG || there.cpu().equals(here.cpu()));
        if (like) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                "a processor like " + name(here),
                name(there),
                "the guest is pinned to no CPU model: it has all of its host's processor (" + name(here)
                        + ") and goes on only on its like, not on " + name(there)));
    }

    private static String name(Mobility host) {
        return host.cpu().isEmpty() ? "unknown" : host.cpu();
    }
}
