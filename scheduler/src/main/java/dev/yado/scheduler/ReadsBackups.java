package dev.yado.scheduler;

import java.util.Optional;
import java.util.stream.Collectors;

/** Disks are made from a backup where its repository can be read. */
record ReadsBackups() implements Filter {
    @Override
    public String rule() {
        return "repository";
    }

    @Override
    public Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request) {
        return request.kept().repositories().stream()
                .filter(needed -> !host.repositories().contains(needed))
                .findFirst()
                .map(needed -> {
                    String all = host.repositories().stream()
                            .map(each -> each.name() + " (" + each.marker() + ")")
                            .sorted()
                            .collect(Collectors.joining(", "));
                    return new Refusal(
                            "repository " + needed.name() + " (" + needed.marker() + ")",
                            all.isEmpty() ? "no repository" : all,
                            "cannot read the repository " + needed.name() + ", where the backup is");
                });
    }
}
