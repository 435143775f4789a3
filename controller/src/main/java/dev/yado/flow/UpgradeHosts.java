package dev.yado.flow;

import dev.yado.maintenance.Rollouts;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.ErrorCode;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Upgrades hosts one after the other. What installs the new daemon is not its affair: it empties a host, waits until a daemon reports from
 * there that is another one, puts the host into service and goes on with the next. The drains are operations of their own.
 */
@Component
class UpgradeHosts implements Flow<UpgradeHosts.Steps> {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(60);

    private final Rollouts rollouts;

    UpgradeHosts(Rollouts rollouts) {
        this.rollouts = rollouts;
    }

    enum Steps {
        ROLL
    }

    @Override
    public String kind() {
        return Rollouts.KIND;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Priority priority() {
        return Priority.BACKGROUND;
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
                rollouts.lock(target);
            }

            @Override
            public Outlook outlook(Run run) {
                return new Outlook(
                        null,
                        "a host that is being drained goes back into service; one that is empty stays out of it, as it may be under repair");
            }

            @Override
            public void takeBack(Run run) {
                rollouts.callOff(run.target());
            }
        };
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case ROLL ->
                Step.transaction(
                        "empty each host, wait until its daemon has come back as another one, put it into service",
                        LONGEST,
                        CancelPoint.NOW,
                        this::turn);
        };
    }

    private StepResult<Steps> turn(Run run) {
        return switch (rollouts.turn(run.target())) {
            case Rollouts.Progress.UnderWay(String detail) -> new Wait<>(LOOK_AGAIN, detail);
            case Rollouts.Progress.Done(String detail) -> new Done<>(detail);
            case Rollouts.Progress.Stuck(ErrorCode code, String detail) -> new GiveUp<>(code, detail);
        };
    }
}
