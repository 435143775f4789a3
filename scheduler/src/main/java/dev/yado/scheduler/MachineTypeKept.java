package dev.yado.scheduler;

import java.util.List;
import java.util.Optional;

/** A guest sees the machine that it has been started with, on every host. */
record MachineTypeKept() implements Filter {
    @Override
    public String rule() {
        return "machine-type";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        String pinned = request.kept().machineType();
        List<String> known = host.mobility().machineTypes();
        if (pinned == null || known.contains(pinned)) {
            return Optional.empty();
        }
        return Optional.of(
                known.isEmpty()
                        ? new Refusal(pinned, "not known", "says nothing of the machine types that it has")
                        : new Refusal(pinned, known.getLast(), "its QEMU has no machine type " + pinned));
    }
}
