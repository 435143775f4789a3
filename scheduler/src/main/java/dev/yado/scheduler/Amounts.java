package dev.yado.scheduler;

import java.util.Optional;

/** What the rules on countable resources have in common. */
final class Amounts {
    private Amounts() {}

    static Optional<Filter.Refusal> refuse(String what, long needed, long sellable, long allocated) {
        long left = sellable - allocated;
        if (needed <= left) {
            return Optional.empty();
        }
        String detail = needed > sellable
                ? "has %d %s for guests in all, %d needed".formatted(sellable, what, needed)
                : "has %d of %d %s left, %d needed".formatted(Math.max(0, left), sellable, what, needed);
        return Optional.of(new Filter.Refusal(needed + " " + what, Math.max(0, left) + " " + what, detail));
    }

    /** The share of what guests may take that is taken once {@code needed} is added: 0 empty, 1 full. */
    static double share(long needed, long sellable, long allocated) {
        return sellable <= 0 ? 1 : Math.clamp((double) (allocated + needed) / sellable, 0, 1);
    }
}
