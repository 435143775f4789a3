package dev.yado.vm;

import dev.yado.api.generated.model.MigrationForecast;
import dev.yado.api.generated.model.MigrationRungKind;
import dev.yado.api.generated.model.VmMigrate;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import org.jspecify.annotations.Nullable;

/** Moves between the API's words and ours. */
public final class VmMoveJson {
    private VmMoveJson() {}

    static VmMove move(@Nullable VmMigrate asked) {
        return asked == null
                ? new VmMove(null, MigrationGoal.DEFAULT)
                : new VmMove(asked.getHostId() == null ? null : new HostId(asked.getHostId()), goal(asked.getGoal()));
    }

    /** @throws YadoException {@code INVALID_REQUEST} for what cannot be meant */
    public static MigrationGoal goal(dev.yado.api.generated.model.@Nullable MigrationGoal asked) {
        if (asked == null) {
            return MigrationGoal.DEFAULT;
        }
        try {
            return new MigrationGoal(
                    asked.getMaxDowntimeMs(),
                    asked.getDeadlineSeconds(),
                    asked.getMayThrottle(),
                    asked.getMayPostCopy(),
                    asked.getBandwidthMiBs());
        } catch (IllegalArgumentException e) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    public static dev.yado.api.generated.model.MigrationGoal of(MigrationGoal goal) {
        return new dev.yado.api.generated.model.MigrationGoal()
                .maxDowntimeMs(goal.maxDowntimeMs())
                .deadlineSeconds(goal.deadlineSeconds())
                .mayThrottle(goal.mayThrottle())
                .mayPostCopy(goal.mayPostCopy())
                .bandwidthMiBs(goal.bandwidthMiBs());
    }

    public static @Nullable MigrationForecast forecast(@Nullable Forecast forecast) {
        return forecast == null
                ? null
                : new MigrationForecast(
                        forecast.memoryBytes(),
                        forecast.diskBytes(),
                        forecast.dirtyBytesPerSecond(),
                        forecast.bytesPerSecond(),
                        forecast.rounds(),
                        forecast.durationMs(),
                        forecast.downtimeMs(),
                        forecast.rungs().stream()
                                .map(kind -> MigrationRungKind.valueOf(kind.name()))
                                .toList(),
                        forecast.chance(),
                        forecast.explanation());
    }
}
