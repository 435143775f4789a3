package dev.yado.operation;

import dev.yado.operation.StepResult.Done;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** A flow that does what a test says and counts what was committed. */
final class CountingFlow implements Flow<CountingFlow.Steps> {
    enum Steps {
        ONE,
        TWO,
        THREE
    }

    interface Act {
        StepResult<Steps> act(Run run);
    }

    private final String kind;
    private final Priority priority;
    private final Map<Steps, Act> acts = new EnumMap<>(Steps.class);
    private final Map<Steps, Function<Run, StepResult<Steps>>> calls = new EnumMap<>(Steps.class);
    private final Map<Steps, CancelPoint> points = new EnumMap<>(Steps.class);
    private final Set<Steps> undoable = EnumSet.noneOf(Steps.class);
    private final List<String> committed = new CopyOnWriteArrayList<>();
    private final List<String> undone = new CopyOnWriteArrayList<>();
    private Function<Run, Undo.Result> undo = _ -> new Undo.Result.Undone();
    private Duration deadline = Duration.ofMinutes(1);
    private @Nullable JdbcTemplate counter;

    CountingFlow() {
        this("Counting", Priority.NORMAL);
    }

    CountingFlow(String kind, Priority priority) {
        this.kind = kind;
        this.priority = priority;
    }

    CountingFlow on(Steps step, Act act) {
        acts.put(step, act);
        return this;
    }

    CountingFlow calling(Steps step, Function<Run, StepResult<Steps>> call) {
        calls.put(step, call);
        return this;
    }

    CountingFlow undoable(Steps step) {
        undoable.add(step);
        return this;
    }

    CountingFlow cancelled(Steps step, CancelPoint point) {
        points.put(step, point);
        return this;
    }

    CountingFlow undoing(Function<Run, Undo.Result> how) {
        undo = how;
        return this;
    }

    CountingFlow deadline(Duration of) {
        deadline = of;
        return this;
    }

    void countingIn(JdbcTemplate jdbc) {
        counter = jdbc;
    }

    List<String> committed() {
        return List.copyOf(committed);
    }

    List<String> undone() {
        return List.copyOf(undone);
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Priority priority() {
        return priority;
    }

    @Override
    public Cancellation cancellation() {
        return new Cancellation() {
            @Override
            public void takeBack(Run run) {
                onCommit(() -> undone.add("BEGIN"));
            }
        };
    }

    @Override
    public Duration deadline() {
        return Duration.ofHours(1);
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public Step<Steps> step(Steps name) {
        Function<Run, StepResult<Steps>> call = calls.get(name);
        if (call != null) {
            Step.HostCall<Steps, StepResult<Steps>> step = Step.hostCall(
                    "call what the test says",
                    deadline,
                    points.getOrDefault(name, CancelPoint.AFTER_STEP),
                    call::apply,
                    (run, result) -> counted(name, run, result));
            return undoable.contains(name) ? step.undoneBy(undo(name)) : step;
        }
        Step.Transaction<Steps> step = Step.transaction(
                "do what the test says",
                deadline,
                points.getOrDefault(name, CancelPoint.NOW),
                run -> counted(
                        name, run, acts.getOrDefault(name, _ -> new Done<>()).act(run)));
        return undoable.contains(name) ? step.undoneBy(undo(name)) : step;
    }

    private Undo undo(Steps name) {
        return Undo.inTransaction(deadline, run -> {
            Undo.Result result = undo.apply(run);
            if (result instanceof Undo.Result.Undone) {
                onCommit(() -> undone.add(name.name()));
            }
            return result;
        });
    }

    private StepResult<Steps> counted(Steps name, Run run, StepResult<Steps> result) {
        if (counter != null) {
            counter.update("INSERT INTO counted VALUES (?, ?)", run.operation().value(), name.name());
        }
        if (!(result instanceof StepResult.Wait<Steps>)) {
            onCommit(() -> committed.add(name.name()));
        }
        return result;
    }

    private static void onCommit(Runnable what) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                what.run();
            }
        });
    }
}
