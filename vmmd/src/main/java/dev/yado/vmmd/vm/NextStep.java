package dev.yado.vmmd.vm;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Move;
import dev.yado.vmmd.store.Run;

/** What brings a VM one step nearer to its spec. A pure function of what is desired, what was done and what is. */
enum NextStep {
    REST,
    /** Make the disks of a VM that is not to run. */
    PREPARE,
    START,
    /** Have a process wait for the guest that comes from another host. */
    RECEIVE,
    /** End what is under way, it is for an older wish. */
    BREAK_OFF,
    /** As the spec's stop policy says; hard for a deleted VM. */
    STOP,
    /** The stop is no longer wanted: the guest is left to itself. */
    CANCEL_STOP,
    /** The guest runs on under the newer permission. */
    ADOPT_EPOCH,
    RESET,
    PAUSE,
    RESUME,
    /** Remove disks and records. */
    REMOVE;

    /** Nobody else may have them open. */
    boolean opensDisks() {
        return switch (this) {
            case PREPARE, START, RECEIVE, REMOVE -> true;
            case REST, BREAK_OFF, STOP, CANCEL_STOP, ADOPT_EPOCH, RESET, PAUSE, RESUME -> false;
        };
    }

    static NextStep of(RequestPolicy.Memory memory, Journal journal, Situation situation) {
        VmSpec spec = memory.spec();
        if (spec == null) {
            return switch (situation) {
                case Situation.Idle _, Situation.AwaitingTurn _ -> REMOVE;
                case Situation.Working working -> working.brokenOff() ? REST : BREAK_OFF;
                case Situation.Live _ -> STOP;
                case Situation.Ending _ -> REST;
            };
        }
        Move move = journal.move();
        if (move != null) {
            return whenMoving(move, situation);
        }
        return switch (situation) {
            case Situation.Idle _ -> whenIdle(spec, journal);
            case Situation.AwaitingTurn _ -> wantsRun(spec, journal) ? REST : whenIdle(spec, journal);
            case Situation.Working working -> whenWorking(working, spec, journal);
            case Situation.Live live -> whenLive(live, spec);
            case Situation.Ending _ -> REST;
        };
    }

    /** The run epoch of the spec has not ended, and this generation has not failed. */
    static boolean wantsRun(VmSpec spec, Journal journal) {
        return spec.desired() != DesiredState.STOPPED
                && spec.runEpoch() > journal.endedEpoch()
                && !hasFailed(spec, journal);
    }

    private static boolean hasFailed(VmSpec spec, Journal journal) {
        return journal.run() instanceof Run.Failed failed && failed.generation() >= spec.generation();
    }

    /** Until it is decided where it belongs, nothing but the move itself touches it. */
    private static NextStep whenMoving(Move move, Situation situation) {
        return switch (move) {
            case Move.Arriving arriving ->
                arriving.endpoint() == null && !arriving.letRun() && situation instanceof Situation.Idle
                        ? RECEIVE
                        : REST;
            case Move.Departing _ -> REST;
        };
    }

    private static NextStep whenIdle(VmSpec spec, Journal journal) {
        if (wantsRun(spec, journal)) {
            return START;
        }
        boolean disksWanted = spec.desired() == DesiredState.STOPPED
                && journal.preparedGeneration() < spec.generation()
                && !hasFailed(spec, journal);
        return disksWanted ? PREPARE : REST;
    }

    private static NextStep whenWorking(Situation.Working working, VmSpec spec, Journal journal) {
        if (working.brokenOff()) {
            return REST;
        }
        boolean stillWanted =
                working.goal().shape().equals(spec.shape()) && working.starting() == wantsRun(spec, journal);
        return stillWanted ? REST : BREAK_OFF;
    }

    private static NextStep whenLive(Situation.Live live, VmSpec spec) {
        Run.Running run = live.run();
        Run.GracefulStop stop = run.stop();
        if (spec.desired() == DesiredState.STOPPED) {
            boolean underWay = stop != null && stop.generation() == spec.generation();
            return underWay ? REST : STOP;
        }
        if (stop != null) {
            // A stop that was begun is carried through when a newer permission follows it: the guest comes up anew.
            return spec.runEpoch() > run.runEpoch() ? REST : CANCEL_STOP;
        }
        if (spec.runEpoch() > run.runEpoch()) {
            return ADOPT_EPOCH;
        }
        if (live.deaf()) {
            return REST;
        }
        if (spec.reboots() > run.rebootsDone()) {
            return RESET;
        }
        if (spec.desired() == DesiredState.PAUSED) {
            return live.held() ? REST : PAUSE;
        }
        return live.held() && live.resumable() ? RESUME : REST;
    }
}
