package dev.yado.migration;

import dev.yado.api.generated.model.Migration.StateEnum;
import dev.yado.api.generated.model.MigrationForecastError;
import dev.yado.api.generated.model.MigrationProgress;
import dev.yado.api.generated.model.MigrationResult;
import dev.yado.api.generated.model.MigrationRung;
import dev.yado.api.generated.model.MigrationRungKind;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.vm.VmMoveJson;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Moves as the API shows them. */
final class MigrationJson {
    private MigrationJson() {}

    static dev.yado.api.generated.model.Migration of(Migration move) {
        DepartureAnswer departure = move.departure();
        DepartureAnswer.Result result = departure == null ? null : departure.result();
        return new dev.yado.api.generated.model.Migration(
                        move.id().value(),
                        move.vm().value(),
                        move.operation().value(),
                        move.from().value(),
                        move.to().value(),
                        move.live(),
                        state(move),
                        VmMoveJson.of(move.goal()),
                        departure == null
                                ? List.of()
                                : departure.rungs().stream()
                                        .map(MigrationJson::rung)
                                        .toList(),
                        time(move.beganAt()))
                .reason(move.reason())
                .progress(move.state() == Migration.State.OPEN ? progress(departure) : null)
                .result(result(result))
                .forecast(VmMoveJson.forecast(move.forecast()))
                .forecastError(error(move.forecast(), result))
                .endedAt(move.endedAt() == null ? null : time(move.endedAt()));
    }

    private static OffsetDateTime time(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }

    private static StateEnum state(Migration move) {
        Boolean arrived = move.arrived();
        DepartureAnswer departure = move.departure();
        if (arrived != null) {
            boolean follows = departure != null && departure.phase() == DepartureAnswer.Phase.FOLLOWING;
            return !arrived ? StateEnum.STAYED : follows ? StateEnum.FOLLOWING : StateEnum.ARRIVED;
        }
        return departure == null
                ? StateEnum.PREPARING
                : switch (departure.phase()) {
                    case COPYING -> StateEnum.COPYING;
                    case FOLLOWING -> StateEnum.FOLLOWING;
                    case SWITCHING, HANDED_OVER -> StateEnum.SWITCHING;
                    case IN_DOUBT -> StateEnum.IN_DOUBT;
                    case STAYED -> StateEnum.STAYED;
                };
    }

    private static MigrationRung rung(DepartureAnswer.Rung rung) {
        return new MigrationRung(
                time(rung.at()), MigrationRungKind.valueOf(rung.kind().name()), rung.why());
    }

    private static @Nullable MigrationProgress progress(@Nullable DepartureAnswer departure) {
        var now = departure == null ? null : departure.progress();
        return now == null
                ? null
                : new MigrationProgress(
                        MigrationProgress.PartEnum.valueOf(now.part().name()),
                        now.totalBytes(),
                        now.remainingBytes(),
                        now.bytesPerSecond(),
                        now.dirtyBytesPerSecond(),
                        now.round(),
                        now.expectedDowntimeMs(),
                        now.throttlePercent());
    }

    private static @Nullable MigrationResult result(DepartureAnswer.@Nullable Result result) {
        return result == null
                ? null
                : new MigrationResult(
                        result.totalMs(),
                        result.blackoutMs(),
                        result.qemuDowntimeMs(),
                        result.rounds(),
                        result.copiedBytes(),
                        result.throttledMs());
    }

    private static @Nullable MigrationForecastError error(
            @Nullable Forecast forecast, DepartureAnswer.@Nullable Result result) {
        if (forecast == null || result == null) {
            return null;
        }
        long off = result.totalMs() - forecast.durationMs();
        return new MigrationForecastError(
                off, 100.0 * off / Math.max(1, forecast.durationMs()), result.blackoutMs() - forecast.downtimeMs());
    }
}
