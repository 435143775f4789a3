package dev.yado.operation;

import dev.yado.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The way back of an operation that has failed or was cancelled: from the step where it is, newest first, over all that have an
 * {@link Undo}. Everything here is called in the transaction that commits it, and fenced.
 */
@Component
class UndoPath {
    private static final Logger LOG = LoggerFactory.getLogger(UndoPath.class);

    private final OperationRows rows;

    UndoPath(OperationRows rows) {
        this.rows = rows;
    }

    /** The step has failed: ends with the error, after undoing if there is something to undo. */
    <S extends Enum<S>> After fail(Flow<S> flow, S name, Claim claim, Run run, ErrorCode code, String detail) {
        LOG.info("{} fails: {}, {}", claim.kind(), code, detail);
        rows.remember(claim, StepStatus.FAILED, detail, run);
        return next(flow, claim, undoable(flow, name, claim.cancelled()) ? name : null, code, detail);
    }

    /**
     * Turns round because of a cancel: what the beginning changed is changed back, then the undo begins.
     *
     * @param begun whether the present step may have done something
     */
    <S extends Enum<S>> After turnRound(Flow<S> flow, Claim claim, boolean begun) {
        S name = FlowCatalog.stepNamed(flow, claim.step());
        Run run = claim.run();
        flow.cancellation().lock(claim.target());
        flow.cancellation().takeBack(run);
        if (begun) {
            rows.remember(claim, StepStatus.CANCELLED, claim.waitReason(), run);
        }
        boolean present = flow.step(name).cancelPoint() != CancelPoint.NO_RETURN && undoable(flow, name, true);
        return next(flow, claim, present ? name : null, ErrorCode.CANCELLED, "cancelled as asked");
    }

    /** The undo of the step has ended. */
    <S extends Enum<S>> After undone(Flow<S> flow, S name, Claim claim, StepStatus status, @Nullable String detail) {
        rows.markUndone(claim, status, detail);
        // The error was stored when the undo began; these are never used.
        return next(flow, claim, null, ErrorCode.INTERNAL, "undone");
    }

    private <S extends Enum<S>> After next(
            Flow<S> flow, Claim claim, @Nullable S present, ErrorCode code, String detail) {
        Optional<S> step = present != null
                ? Optional.of(present)
                : doneWithUndo(flow, claim, claim.cancelled()).stream().findFirst();
        if (step.isEmpty()) {
            OperationStatus status = claim.cancelled() ? OperationStatus.CANCELLED : OperationStatus.FAILED;
            return rows.end(claim, status, code, detail) ? After.ended(status) : After.LOST;
        }
        Undo undo = flow.step(step.get()).undo();
        if (undo == null) {
            throw new IllegalStateException("no undo");
        }
        return rows.undo(claim, step.get().name(), undo.deadline(), code, detail)
                .map(entered -> After.goOn(claim.at(step.get().name(), true, entered)))
                .orElse(After.LOST);
    }

    private <S extends Enum<S>> List<S> doneWithUndo(Flow<S> flow, Claim claim, boolean cancelled) {
        return rows.done(claim.id()).stream()
                .map(name -> FlowCatalog.stepNamed(flow, name))
                .filter(name -> undoable(flow, name, cancelled))
                .toList();
    }

    /** What a cancel at, or an undo that is at, this step still has before it, in order. */
    <S extends Enum<S>> List<String> wayBack(Flow<S> flow, Claim claim) {
        List<String> names = new ArrayList<>();
        S present = FlowCatalog.stepNamed(flow, claim.step());
        if (undoable(flow, present, true) && flow.step(present).cancelPoint() != CancelPoint.NO_RETURN) {
            names.add(present.name());
        }
        doneWithUndo(flow, claim, true).stream()
                .map(Enum::name)
                .filter(name -> !names.contains(name))
                .forEach(names::add);
        return names;
    }

    private static <S extends Enum<S>> boolean undoable(Flow<S> flow, S name, boolean cancelled) {
        Undo undo = flow.step(name).undo();
        return undo != null && (cancelled || !undo.onlyWhenCancelled());
    }
}
