package dev.yado.vmmd.vm;

import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.store.Run;

/** What a VM's loop is in the middle of, as far as it matters for what to do next. */
sealed interface Situation {
    /** No process, nothing under way. */
    record Idle() implements Situation {}

    /** Brought back one after the other with the rest of the host's VMs; its turn has not come. */
    record AwaitingTurn() implements Situation {}

    /**
     * Disks are made, QEMU is started.
     *
     * @param starting false when only disks are made
     * @param brokenOff it has been told to end
     */
    record Working(VmSpec goal, boolean starting, boolean brokenOff) implements Situation {}

    /**
     * A process is there.
     *
     * @param held its vCPUs do not run
     * @param resumable false while a failed disk holds it and nothing has changed since
     * @param deaf nothing can be asked of it at the moment
     */
    record Live(Run.Running run, boolean held, boolean resumable, boolean deaf) implements Situation {}

    /** The process is on its way out. */
    record Ending() implements Situation {}
}
