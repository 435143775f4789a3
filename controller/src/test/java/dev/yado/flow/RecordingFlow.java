package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import java.time.Duration;
import org.springframework.jdbc.core.JdbcTemplate;

/** Does nothing but write down that it did, in the transaction of each step. */
final class RecordingFlow implements Flow<RecordingFlow.Steps> {
    static final String KIND = "Recording";
    static final String TABLE = "CREATE TABLE recorded (operation uuid, step text, epoch bigint)";

    private final JdbcTemplate jdbc;

    RecordingFlow(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    enum Steps {
        FIRST,
        SECOND
    }

    @Override
    public String kind() {
        return KIND;
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
        return Duration.ofMinutes(10);
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public Cancellation cancellation() {
        return Cancellation.NOTHING_TO_TAKE_BACK;
    }

    @Override
    public Step<Steps> step(Steps name) {
        return Step.transaction("write it down", Duration.ofMinutes(10), CancelPoint.NOW, run -> record(run, name));
    }

    private StepResult<Steps> record(Run run, Steps name) {
        jdbc.update(
                "INSERT INTO recorded VALUES (?, ?, ?)",
                run.operation().value(),
                name.name(),
                run.fence().epoch());
        return switch (name) {
            case FIRST -> new Advance<>(Steps.SECOND);
            case SECOND -> new Done<>();
        };
    }
}
