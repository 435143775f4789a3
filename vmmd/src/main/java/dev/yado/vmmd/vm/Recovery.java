package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Run;
import org.jspecify.annotations.Nullable;

/** What a daemon makes of a VM that an earlier daemon left, from its records and from whether its process is there. */
final class Recovery {
    private Recovery() {}

    /** The journal of a VM whose process was found, however little of its start had been written down. */
    static Journal ofFound(HostParts host, Journal journal, RequestPolicy.@Nullable Memory memory, long pid) {
        if (journal.run() instanceof Run.Running) {
            return journal;
        }
        VmSpec spec = memory == null ? null : memory.spec();
        long epoch;
        Run.Launch launch;
        if (journal.run() instanceof Run.Starting starting) {
            epoch = starting.runEpoch();
            launch = starting.launch();
        } else {
            String machineType = journal.machineType();
            epoch = spec == null ? journal.endedEpoch() : spec.runEpoch();
            launch = new Run.Launch(
                    host.bootId(),
                    host.accelerators().automatic(),
                    machineType == null ? "unknown" : machineType,
                    false);
        }
        long reboots = spec == null ? 0 : spec.reboots();
        return journal.withRun(
                new Run.Running(epoch, launch, pid, reboots, null, host.clock().instant()));
    }

    /** Its process is gone, and it is marked to be brought back without being asked for again. */
    static boolean comesBack(Journal journal, RequestPolicy.@Nullable Memory memory) {
        VmSpec spec = memory == null ? null : memory.spec();
        return journal.run() instanceof Run.Running
                && spec != null
                && spec.desired() != DesiredState.STOPPED
                && spec.autostart() != null;
    }

    /** How a run ended whose process is gone. */
    static Ending ofVanished(HostParts host, VmId id, Run.Running run, RequestPolicy.@Nullable Memory memory) {
        VmSpec spec = memory == null ? null : memory.spec();
        if (spec == null || spec.desired() == DesiredState.STOPPED) {
            return Ending.stopped(Cause.Code.REQUESTED, "It was asked to stop and is gone.");
        }
        if (!run.launch().bootId().equals(host.bootId())) {
            return Ending.stopped(Cause.Code.HOST_REBOOTED, "The host was restarted while the guest ran.");
        }
        return host.cgroups()
                .outOfMemory(id, run.pid())
                .map(evidence -> Ending.crashed(Cause.Code.OOM_KILLED, evidence))
                .orElseGet(() -> Ending.crashed(
                        Cause.Code.PROCESS_VANISHED, "The guest's process ended while the daemon was away."));
    }
}
