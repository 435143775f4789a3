package dev.yado.simulator;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Brings guests to what their specs say: from report to report. No threads; used under the host's lock. */
final class Work {
    static final String MACHINE = "pc-q35-7.2";
    private static final Guest.Ending ASKED =
            new Guest.Ending(ObservedState.STOPPED, new Cause(Cause.Code.REQUESTED, "asked for"));
    private static final Guest.Ending REBOOTED = new Guest.Ending(
            ObservedState.STOPPED, new Cause(Cause.Code.HOST_REBOOTED, "the host was restarted while the guest ran"));

    private final HostId host;
    private final Accelerator preferred;
    private final Supplier<Instant> clock;
    private final RunWitness witness;
    private boolean restoresHeld;

    Work(HostId host, Accelerator preferred, Supplier<Instant> clock, RunWitness witness) {
        this.host = host;
        this.preferred = preferred;
        this.clock = clock;
        this.witness = witness;
    }

    /** The spec is accepted, nothing is done yet. */
    void accepted(Guest guest, VmSpec spec) {
        guest.report = new VmReport(
                spec.id(),
                spec.generation(),
                guest.alive ? guest.lastRun : spec.runEpoch(),
                onTheWay(guest, spec.desired()),
                false,
                null,
                guest.report.accelerator(),
                guest.report.machineType(),
                guest.report.restoring(),
                clock.get());
    }

    /** The deletion is accepted, nothing is done yet. */
    void condemned(Guest guest, long generation) {
        guest.report = guest.report.state() == ObservedState.ABSENT
                ? VmReport.absent(guest.report.id(), generation, guest.lastRun, clock.get())
                : state(guest, generation, ObservedState.STOPPING, false, null);
    }

    /** @return whether there was anything to do */
    boolean finish(Guest guest, @Nullable Cause startFailure) {
        RequestPolicy.Memory memory = guest.memory;
        if (memory == null || guest.moving != null || guest.report.settled()) {
            return false;
        }
        VmSpec spec = memory.spec();
        if (spec == null) {
            end(guest, ASKED);
            guest.report = VmReport.absent(guest.report.id(), memory.generation(), guest.lastRun, clock.get());
            return true;
        }
        guest.report = switch (spec.desired()) {
            case RUNNING, PAUSED ->
                startFailure != null && !guest.alive && guest.lastRun < spec.runEpoch()
                        ? state(guest, spec.generation(), ObservedState.FAILED, true, startFailure)
                        : run(guest, spec);
            case STOPPED -> {
                end(guest, ASKED);
                yield state(guest, spec.generation(), ObservedState.STOPPED, true, ASKED.cause());
            }
            case DELETED -> throw new IllegalStateException("refused by the policy");
        };
        return true;
    }

    /** As the daemon does: a guest that lives goes on under the newer permission, a run that has ended is not begun again. */
    private VmReport run(Guest guest, VmSpec spec) {
        if (!guest.alive && guest.lastRun < spec.runEpoch()) {
            begin(guest, spec.runEpoch(), false);
        } else if (guest.alive && guest.lastRun < spec.runEpoch()) {
            guest.lastRun = spec.runEpoch();
            witness.goesOn(guest.report.id(), host, spec.runEpoch());
        }
        Guest.Ending ending = guest.ending;
        if (!guest.alive) {
            return ending == null
                    ? state(guest, spec.generation(), ObservedState.STOPPED, true, ASKED.cause())
                    : state(guest, spec.generation(), ending.state(), true, ending.cause());
        }
        guest.doneReboots = spec.reboots();
        return running(guest, spec);
    }

    /** While held, what guests have not asked for does not come from their backups. */
    void holdRestores(boolean hold) {
        restoresHeld = hold;
    }

    /** @return whether it was waiting for that */
    boolean fetchTheRest(Guest guest) {
        VmReport before = guest.report;
        if (restoresHeld || before.restoring() == null) {
            return false;
        }
        guest.report = new VmReport(
                before.id(),
                before.generation(),
                before.runEpoch(),
                before.state(),
                before.settled(),
                before.cause(),
                before.accelerator(),
                before.machineType(),
                before.since());
        return true;
    }

    private static boolean restoresWhileUsed(VmSpec spec) {
        return spec.shape().disks().stream()
                .anyMatch(disk -> disk.origin() != null && disk.origin().mode() == DiskOrigin.Mode.INSTANT);
    }

    private VmReport running(Guest guest, VmSpec spec) {
        boolean kvm = preferred == Accelerator.KVM && spec.shape().accelerator() != AcceleratorChoice.TCG;
        return new VmReport(
                spec.id(),
                spec.generation(),
                guest.lastRun,
                spec.desired() == DesiredState.RUNNING ? ObservedState.RUNNING : ObservedState.PAUSED,
                true,
                null,
                kvm ? Accelerator.KVM : Accelerator.TCG,
                MACHINE,
                restoresHeld && restoresWhileUsed(spec) ? true : null,
                clock.get());
    }

    /** On its way to or from another host. */
    VmReport onTheMove(Guest guest, long generation, ObservedState state) {
        return state(guest, generation, state, false, null);
    }

    /** The guest is not let run while another host may run it. */
    void held(Guest guest) {
        if (guest.alive) {
            witness.ended(guest.report.id(), host);
        }
    }

    /** It was held and is not any more; or it has ended meanwhile. */
    void goesOn(Guest guest) {
        RequestPolicy.Memory memory = guest.memory;
        VmSpec spec = memory == null ? null : memory.spec();
        if (spec == null) {
            return;
        }
        if (guest.alive) {
            witness.goesOnHere(guest.report.id(), host, guest.lastRun);
            guest.report = running(guest, spec);
        } else {
            Guest.Ending ending = guest.ending == null ? ASKED : guest.ending;
            guest.report = state(guest, spec.generation(), ending.state(), true, ending.cause());
        }
    }

    /** The guest comes from another host and is let run; or it was stopped there and belongs here. */
    void arrived(Guest guest, VmSpec spec) {
        guest.lastRun = spec.runEpoch();
        guest.doneReboots = spec.reboots();
        guest.ending = ASKED;
        guest.hasDisks = true;
        if (spec.desired() == DesiredState.STOPPED) {
            guest.report = state(guest, spec.generation(), ObservedState.STOPPED, true, ASKED.cause());
        } else {
            guest.alive = true;
            witness.arrived(spec.id(), host, spec.runEpoch());
            guest.report = running(guest, spec);
        }
    }

    private void begin(Guest guest, long epoch, boolean again) {
        guest.lastRun = epoch;
        guest.boots++;
        guest.alive = true;
        guest.ending = null;
        witness.began(guest.report.id(), host, epoch, again);
    }

    /** The guest's process goes, if there is one. */
    void end(Guest guest, Guest.Ending how) {
        if (guest.alive) {
            guest.alive = false;
            guest.ending = how;
            witness.ended(guest.report.id(), host);
        }
    }

    /** The guest's process has ended by itself. */
    void ended(Guest guest, ObservedState state, Cause cause) {
        end(guest, new Guest.Ending(state, cause));
        guest.report = state(guest, guest.report.generation(), state, true, cause);
    }

    /** The host has lost its power: no guest lives. */
    void powerLost(Guest guest) {
        end(guest, REBOOTED);
    }

    /** After a boot of the host: what is marked for it comes back, of the others it is said how they ended. */
    void hostBooted(Guest guest) {
        RequestPolicy.Memory memory = guest.memory;
        VmSpec spec = memory == null ? null : memory.spec();
        if (guest.moving != null || !REBOOTED.equals(guest.ending) || memory != null && spec == null) {
            return;
        }
        if (spec == null) {
            guest.report = state(guest, guest.report.generation(), ObservedState.STOPPED, true, REBOOTED.cause());
        } else if (spec.desired() != DesiredState.STOPPED && spec.runEpoch() == guest.lastRun) {
            if (spec.autostart() != null) {
                begin(guest, spec.runEpoch(), true);
                guest.report = running(guest, spec);
            } else {
                guest.report = state(guest, spec.generation(), ObservedState.STOPPED, true, REBOOTED.cause());
            }
        }
    }

    /** A guest that nobody placed here. */
    Guest foreign(VmId vm) {
        Guest guest = new Guest(
                new VmReport(vm, 1, 1, ObservedState.RUNNING, true, null, Accelerator.TCG, MACHINE, clock.get()));
        begin(guest, 1, true);
        return guest;
    }

    private VmReport state(Guest guest, long generation, ObservedState state, boolean settled, @Nullable Cause cause) {
        VmReport before = guest.report;
        return new VmReport(
                before.id(),
                generation,
                before.runEpoch(),
                state,
                settled,
                cause,
                null,
                before.machineType(),
                before.restoring(),
                clock.get());
    }

    private static ObservedState onTheWay(Guest guest, DesiredState to) {
        ObservedState from = guest.report.state();
        return switch (to) {
            case RUNNING ->
                guest.alive && (from == ObservedState.PAUSED || from == ObservedState.RUNNING)
                        ? from
                        : ObservedState.PREPARING;
            case PAUSED -> from;
            case STOPPED -> ObservedState.STOPPING;
            case DELETED -> throw new IllegalStateException("refused by the policy");
        };
    }
}
