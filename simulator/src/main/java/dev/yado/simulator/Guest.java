package dev.yado.simulator;

import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmReport;
import org.jspecify.annotations.Nullable;

/** What a host holds of one VM. All of it outlives the daemon; {@code alive} is the guest's process. */
final class Guest {
    /** How the last run came to its end. */
    record Ending(ObservedState state, Cause cause) {}

    RequestPolicy.@Nullable Memory memory;
    VmReport report;

    @Nullable
    Ending ending;

    /** ARRIVING or DEPARTED: another host has, or may have, a say in it. */
    @Nullable
    ObservedState moving;

    long lastRun;
    int boots;
    long doneReboots;
    boolean alive;
    /** What they are made from is not needed any more. */
    boolean hasDisks;

    Guest(VmReport report) {
        this.report = report;
    }
}
