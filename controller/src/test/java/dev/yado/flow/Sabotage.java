package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.Undo;
import dev.yado.protocol.ErrorCode;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What goes wrong, once, at one step of one flow, or at its undo. */
public record Sabotage(
        @Nullable String kind,
        @Nullable String step,
        What what,
        @Nullable Sabotage also,
        AtomicBoolean done) {
    public static final Sabotage NONE = new Sabotage(null, null, What.NOTHING);

    public Sabotage(@Nullable String kind, @Nullable String step, What what) {
        this(kind, step, what, null, new AtomicBoolean());
    }

    public enum What {
        NOTHING,
        /** The step does everything twice before it commits. */
        RUNS_TWICE,
        /** The replica dies before the step has done anything: after the commit of the step before. */
        DIES_BEFORE,
        /** The replica dies after the step has done its work, before it commits. */
        DIES_AFTER,
        GIVES_UP,
        /** Somebody cancels the operation before the step has done anything. */
        CANCELLED_BEFORE,
        /** Somebody cancels it after the call, before the step commits; at a transaction as CANCELLED_BEFORE. */
        CANCELLED_AFTER,
        /** Cancelled, and then the replica dies with it. */
        CANCELLED_AND_DIES,
        UNDO_RUNS_TWICE,
        UNDO_DIES_BEFORE,
        UNDO_DIES_AFTER
    }

    /** Both happen. */
    public Sabotage and(Sabotage other) {
        return new Sabotage(kind, step, what, other, done);
    }

    /** The end of the process: nothing catches it on the way. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(String where) {
            super(where);
        }
    }

    /** What a saboteur can do to the replica that it sits in. */
    interface Means {
        void kill();

        void cancel(Run run);
    }

    /** The flow as the sabotage of the moment has it. */
    static <S extends Enum<S>> Flow<S> on(Flow<S> flow, Supplier<Sabotage> present, Means means) {
        return new SabotagedFlow<>(flow, name -> {
            Step<S> step = flow.step(name);
            for (Sabotage each = present.get(); each != null; each = each.also()) {
                if (flow.kind().equals(each.kind()) && name.name().equals(each.step())) {
                    step = each.applied(step, means);
                }
            }
            return step;
        });
    }

    private <S extends Enum<S>> Step<S> applied(Step<S> step, Means means) {
        return switch (step) {
            case Step.Transaction<S> transaction -> {
                Step.Transaction<S> sabotaged = transaction.doing(
                        run -> what == What.GIVES_UP ? failure() : around(run, transaction.body()::run, means, true));
                yield transaction.undo() == null ? sabotaged : sabotaged.undoneBy(around(transaction.undo(), means));
            }
            case Step.HostCall<S, ?> call -> applied(call, means);
        };
    }

    private <S extends Enum<S>, R> Step<S> applied(Step.HostCall<S, R> call, Means means) {
        Step.HostCall<S, R> sabotaged = call.doing(
                run -> around(run, call.call()::call, means, false),
                (run, answer) ->
                        what == What.GIVES_UP ? failure() : call.conclusion().conclude(run, answer));
        return call.undo() == null ? sabotaged : sabotaged.undoneBy(around(call.undo(), means));
    }

    private Undo around(Undo undo, Means means) {
        return switch (undo) {
            case Undo.InTransaction(var deadline, boolean onlyWhenCancelled, Undo.Body body) ->
                new Undo.InTransaction(deadline, onlyWhenCancelled, run -> aroundUndo(run, body::run, means));
            case Undo.ByHostCall<?> call -> aroundCall(call, means);
        };
    }

    private <R> Undo aroundCall(Undo.ByHostCall<R> undo, Means means) {
        return new Undo.ByHostCall<>(
                undo.deadline(),
                undo.onlyWhenCancelled(),
                run -> aroundUndo(run, undo.call()::call, means),
                undo.conclusion());
    }

    private <R> R around(Run run, Function<Run, R> work, Means means, boolean inTransaction) {
        return switch (what) {
            case NOTHING, GIVES_UP, UNDO_RUNS_TWICE, UNDO_DIES_BEFORE, UNDO_DIES_AFTER -> work.apply(run);
            case RUNS_TWICE -> twice(run, work);
            case DIES_BEFORE -> {
                once(() -> die(run, means));
                yield work.apply(run);
            }
            case DIES_AFTER -> {
                R result = work.apply(run);
                once(() -> die(run, means));
                yield result;
            }
            case CANCELLED_BEFORE -> {
                once(() -> means.cancel(run));
                yield work.apply(run);
            }
            case CANCELLED_AFTER -> {
                // In a transaction the step holds locks that the cancel would wait for.
                R early = inTransaction ? null : work.apply(run);
                once(() -> means.cancel(run));
                yield early == null ? work.apply(run) : early;
            }
            case CANCELLED_AND_DIES -> {
                once(() -> {
                    means.cancel(run);
                    die(run, means);
                });
                yield work.apply(run);
            }
        };
    }

    private <R> R aroundUndo(Run run, Function<Run, R> work, Means means) {
        return switch (what) {
            case UNDO_RUNS_TWICE -> twice(run, work);
            case UNDO_DIES_BEFORE -> {
                once(() -> die(run, means));
                yield work.apply(run);
            }
            case UNDO_DIES_AFTER -> {
                R result = work.apply(run);
                once(() -> die(run, means));
                yield result;
            }
            case NOTHING,
                    RUNS_TWICE,
                    DIES_BEFORE,
                    DIES_AFTER,
                    GIVES_UP,
                    CANCELLED_BEFORE,
                    CANCELLED_AFTER,
                    CANCELLED_AND_DIES -> work.apply(run);
        };
    }

    private static <R> R twice(Run run, Function<Run, R> work) {
        R first = work.apply(run);
        R second = work.apply(run);
        return second == null ? first : second;
    }

    private void once(Runnable trick) {
        if (done.compareAndSet(false, true)) {
            trick.run();
        }
    }

    private static <S extends Enum<S>> StepResult<S> failure() {
        return new StepResult.GiveUp<>(ErrorCode.INTERNAL, "injected failure");
    }

    private static void die(Run run, Means means) {
        means.kill();
        throw new Killed(run.fence().header());
    }
}
