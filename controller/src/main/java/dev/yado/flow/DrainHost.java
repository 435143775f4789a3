package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.maintenance.Draining;
import dev.yado.maintenance.Maintenances;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Carries the guests of a host away. Each of its turns sees what has become of the moves that it began, which are operations of their
 * own, and begins the next. Called off, it leaves what has moved where it is, and the host is in service.
 */
@Component
class DrainHost implements Flow<DrainHost.Steps> {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    /** Longer than any drain may be asked to take. */
    private static final Duration LONGEST = Duration.ofDays(8);

    private final Draining draining;
    private final Maintenances maintenances;

    DrainHost(Draining draining, Maintenances maintenances) {
        this.draining = draining;
        this.maintenances = maintenances;
    }

    enum Steps {
        EMPTY
    }

    @Override
    public String kind() {
        return Maintenances.KIND;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Priority priority() {
        return Priority.NORMAL;
    }

    @Override
    public Duration deadline() {
        return LONGEST;
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public LogKey target() {
        return LogKey.HOST;
    }

    @Override
    public Cancellation cancellation() {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                maintenances.lock(new HostId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                return new Outlook(
                        null,
                        "the host is in service again; moves that can still be broken off are, what has moved stays where it is");
            }

            @Override
            public void takeBack(Run run) {
                maintenances.callOff(new HostId(run.target()));
            }
        };
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case EMPTY ->
                Step.transaction(
                        "carry its guests away, the largest first, as many at a time as the links give",
                        LONGEST,
                        CancelPoint.NOW,
                        this::turn);
        };
    }

    private StepResult<Steps> turn(Run run) {
        return switch (draining.turn(new HostId(run.target()))) {
            case Draining.Progress.UnderWay(String detail) -> new Wait<>(LOOK_AGAIN, detail, Fleet.CAPACITY);
            case Draining.Progress.Drained(String detail) -> new Done<>(detail);
            case Draining.Progress.Incomplete(String detail) -> new GiveUp<>(ErrorCode.DEADLINE_EXCEEDED, detail);
            case Draining.Progress.CalledOff() -> new Overtaken<>("the host is in service again");
        };
    }
}
