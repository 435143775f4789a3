package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** The steps that operations on VMs share: find a place, send what is wanted to the host, wait until the host has done it. */
@Component
class VmSteps {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Placing placing;
    private final CallsToHost host;
    private final Settling settling;
    private final GoingBack goingBack;
    private final Removing removing;
    private final Networking networking;

    VmSteps(
            Placing placing,
            Networking networking,
            CallsToHost host,
            Settling settling,
            GoingBack goingBack,
            Removing removing) {
        this.networking = networking;
        this.placing = placing;
        this.host = host;
        this.settling = settling;
        this.goingBack = goingBack;
        this.removing = removing;
    }

    Cancellation goingBackFrom(VmVerb verb) {
        return goingBack.from(verb);
    }

    /**
     * A cancelled one keeps the place: it is the VM's, whether it runs or not.
     *
     * @param network the next for a VM with cards, whose networks its host has to have first
     * @param next the next for all others
     */
    <S extends Enum<S>> Step.Transaction<S> place(S network, S next) {
        return Step.transaction(
                "find a host that fits and allocate there",
                Deadlines.CAPACITY,
                CancelPoint.NOW,
                placing.then(network, next));
    }

    /** A cancelled one leaves no VM. */
    <S extends Enum<S>> Step<S> placeNew(S network, S next) {
        return place(network, next).undoneBy(removing.undoPlace());
    }

    /** Its host has the networks of its cards in force. */
    <S extends Enum<S>> Step<S> network(S next) {
        return networking.step(next);
    }

    /** For a VM that has a place: to have none is an error. A cancelled one sends what was wanted before. */
    <S extends Enum<S>> Step<S> send(S next) {
        return sending(CancelPoint.AFTER_STEP, next, unplaced()).undoneBy(goingBack.undo());
    }

    /** What the host does with it cannot be taken back. */
    <S extends Enum<S>> Step<S> sendWithoutReturn(S next) {
        return sending(CancelPoint.NO_RETURN, next, unplaced());
    }

    private static <S extends Enum<S>> StepResult<S> unplaced() {
        return new GiveUp<>(ErrorCode.CONFLICT, "the VM has no host");
    }

    /** One that has no place is as it is wanted: nothing ran. */
    <S extends Enum<S>> Step<S> sendIfPlaced(S next) {
        return sending(CancelPoint.AFTER_STEP, next, new Done<>("it has no host: nothing ran"))
                .undoneBy(goingBack.undo());
    }

    /** The first word of it. A cancelled one removes it again. */
    <S extends Enum<S>> Step<S> define(S next) {
        return sending(CancelPoint.AFTER_STEP, next, new GiveUp<>(ErrorCode.INTERNAL, "the VM has lost its place"))
                .undoneBy(removing.undoAtHost());
    }

    private <S extends Enum<S>> Step.HostCall<S, HostAnswer> sending(
            CancelPoint point, S next, StepResult<S> withoutPlace) {
        return Step.hostCall(
                "tell the host the whole of what is wanted",
                Deadlines.HOST_ANSWER,
                point,
                host::put,
                (run, answer) -> switch (answer) {
                    case HostAnswer.Accepted accepted -> {
                        run.gave("accepted", accepted.report().generation());
                        run.gave("observed", accepted.report().state());
                        yield new Advance<>(
                                next,
                                "the host has accepted generation "
                                        + accepted.report().generation());
                    }
                    case HostAnswer.Refused refused ->
                        refused.overtaken()
                                ? new Overtaken<>(refused.detail())
                                : new GiveUp<>(refused.code(), refused.detail());
                    case HostAnswer.Moving(String reason) -> new Wait<>(LOOK_AGAIN, reason);
                    case HostAnswer.NoPlace() -> withoutPlace;
                    case HostAnswer.NoVm() -> new Overtaken<>("the VM is gone");
                });
    }

    <S extends Enum<S>> Step<S> settle(Duration deadline, CancelPoint point, DesiredState wanted) {
        return Step.transaction("wait until the host reports it " + wanted, deadline, point, settling.<S>in(wanted));
    }

    /** For a VM that was made either to run or to stay stopped. */
    <S extends Enum<S>> Step<S> settleAsDesired(Duration deadline) {
        return Step.transaction(
                "wait until the host reports it as wanted: RUNNING, or STOPPED",
                deadline,
                CancelPoint.NOW,
                settling.<S>asDesired());
    }
}
