package dev.yado.operation;

import java.time.Duration;
import java.util.List;

/** What an operation of a kind does, without doing it. */
public record FlowOutline(String kind, int version, Priority priority, Duration deadline, List<StepOutline> steps) {
    public FlowOutline {
        steps = List.copyOf(steps);
    }

    /**
     * @param name as in the timeline of an operation
     * @param sentence what the step does, for people
     * @param deadline how long it may take, waits included
     * @param undone a cancel or a failure after it takes it back
     */
    public record StepOutline(
            String name, String sentence, Work work, CancelPoint cancelPoint, Duration deadline, boolean undone) {}

    public enum Work {
        TRANSACTION,
        HOST_CALL
    }

    static <S extends Enum<S>> FlowOutline of(Flow<S> flow) {
        return new FlowOutline(
                flow.kind(),
                flow.version(),
                flow.priority(),
                flow.deadline(),
                FlowCatalog.stepsOf(flow).stream()
                        .map(name -> outline(name, flow.step(name)))
                        .toList());
    }

    private static <S extends Enum<S>> StepOutline outline(S name, Step<S> step) {
        Work work = switch (step) {
            case Step.Transaction<S> _ -> Work.TRANSACTION;
            case Step.HostCall<S, ?> _ -> Work.HOST_CALL;
        };
        return new StepOutline(
                name.name(), step.sentence(), work, step.cancelPoint(), step.deadline(), step.undo() != null);
    }
}
