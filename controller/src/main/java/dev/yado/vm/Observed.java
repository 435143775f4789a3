package dev.yado.vm;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import org.jspecify.annotations.Nullable;

/** What the host last said of a VM. */
public record Observed(
        ObservedState state,
        long generation,
        boolean settled,
        @Nullable Cause cause,
        @Nullable Accelerator accelerator) {

    /** The host has nothing more to do for this generation. */
    public boolean reached(long wanted) {
        return settled && generation >= wanted;
    }
}
