package dev.yado.scheduler;

/** One opinion on how good a fitting host is. */
interface Weight {
    /** As it stands in verdicts: kebab case, stable. */
    String name();

    /** How much it counts against the other weights. */
    double factor();

    /** From 0 (worst) to 1 (best). */
    double score(HostSnapshot host, PlacementRequest request);
}
