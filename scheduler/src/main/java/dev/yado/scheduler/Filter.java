package dev.yado.scheduler;

import java.util.Optional;

/** One rule that a host must meet. */
interface Filter {
    /** As it stands in verdicts: kebab case, stable. */
    String rule();

    /** Empty when the host meets the rule. */
    Optional<Refusal> refuse(HostSnapshot host, PlacementRequest request);

    /** Why not, in the caller's units. */
    record Refusal(String needed, String available, String detail) {}
}
