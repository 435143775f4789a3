package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Step;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Moves a VM to another host. Until the switch-over it can be broken off and goes on where it was; from then on it goes on at the
 * destination. Which of the two it is, the destination decides: when the operation fails or is cancelled it is asked, and the VM is where
 * it says.
 */
@Component
class MigrateVm extends VmFlow<MigrateVm.Steps> {
    private final Claiming claiming;
    private final Networking networking;
    private final Transferring transferring;
    private final HandingOver handingOver;

    MigrateVm(
            VmSteps vm, Claiming claiming, Networking networking, Transferring transferring, HandingOver handingOver) {
        super(VmVerb.MIGRATE, Steps.class, Duration.ofHours(48), vm);
        this.claiming = claiming;
        this.networking = networking;
        this.transferring = transferring;
        this.handingOver = handingOver;
    }

    enum Steps {
        PREFLIGHT,
        NETWORK,
        PREPARE,
        TRANSFER,
        OWN,
        SETTLE,
        RELEASE
    }

    @Override
    public Cancellation cancellation() {
        return handingOver.cancellation();
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case PREFLIGHT ->
                Step.transaction(
                                "see that nothing is in the way, and claim room on the host that it moves to",
                                Deadlines.AT_ONCE,
                                CancelPoint.NOW,
                                run -> claiming.claim(run, Steps.NETWORK, Steps.PREPARE))
                        .undoneBy(handingOver.undo());
            case NETWORK -> networking.ofDestination(Steps.PREPARE);
            case PREPARE ->
                Step.hostCall(
                        "make ready for it at the destination: disks, cards, a process that waits for the guest",
                        Deadlines.FIRST_RUN,
                        CancelPoint.NOW,
                        transferring::prepare,
                        (run, answer) -> transferring.prepared(run, answer, Steps.TRANSFER));
            case TRANSFER ->
                Step.hostCall(
                        "the source copies disks and memory and hands the guest over",
                        Deadlines.TRANSFER,
                        CancelPoint.NOW,
                        transferring::transfer,
                        (run, answer) -> transferring.transferred(run, answer, Steps.OWN));
            case OWN ->
                Step.hostCall(
                        "the destination says whether it has arrived; then the VM is its own",
                        Deadlines.REMOVAL,
                        CancelPoint.NO_RETURN,
                        handingOver::ask,
                        (run, word) -> handingOver.owned(run, word, Steps.SETTLE));
            case SETTLE ->
                Step.transaction(
                        "wait until the destination reports it as wanted",
                        Deadlines.AT_ONCE,
                        CancelPoint.NO_RETURN,
                        run -> handingOver.settled(run, Steps.RELEASE));
            case RELEASE ->
                Step.hostCall(
                        "the source removes what it still has of it",
                        Deadlines.REMOVAL,
                        CancelPoint.NO_RETURN,
                        handingOver::ask,
                        handingOver::released);
        };
    }
}
