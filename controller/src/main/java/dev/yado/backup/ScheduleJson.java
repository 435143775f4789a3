package dev.yado.backup;

import dev.yado.api.generated.model.BackupCoverage;
import dev.yado.api.generated.model.BackupRetention;
import dev.yado.api.generated.model.BackupSchedule;
import dev.yado.api.generated.model.BackupScheduleSet;
import dev.yado.api.generated.model.BackupSelector;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.Labels;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Schedules and coverage between the API's words and ours. */
final class ScheduleJson {
    private ScheduleJson() {}

    static Schedule.Wanted wanted(BackupScheduleSet asked) {
        return new Schedule.Wanted(
                asked.getName(),
                selector(asked.getSelector()),
                asked.getCron(),
                asked.getTimeZone(),
                asked.getWindowMinutes(),
                retention(asked.getRetention()),
                new Backups.Asked(asked.getRepository(), asked.getFreezeMillis(), asked.getBandwidthMiBs()),
                asked.getPaused());
    }

    private static Selector selector(BackupSelector selector) {
        boolean all = Boolean.TRUE.equals(selector.getAll());
        boolean vms = selector.getVmIds() != null && !selector.getVmIds().isEmpty();
        boolean labels = selector.getLabels() != null && !selector.getLabels().isEmpty();
        if ((all ? 1 : 0) + (vms ? 1 : 0) + (labels ? 1 : 0) != 1) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "selector: takes exactly one of all, vmIds and labels, and not an empty one");
        }
        if (all) {
            return new Selector.All();
        }
        return vms
                ? new Selector.These(selector.getVmIds().stream().map(VmId::new).collect(Collectors.toSet()))
                : new Selector.Labelled(Labels.checked(selector.getLabels()));
    }

    private static @Nullable Retention retention(@Nullable BackupRetention asked) {
        return asked == null
                ? null
                : new Retention(
                        asked.getLast(), asked.getDaily(), asked.getWeekly(), asked.getMonthly(), asked.getYearly());
    }

    static BackupSchedule of(Schedule schedule, Instant now) {
        Schedule.Wanted wanted = schedule.wanted();
        Retention retention = wanted.retention();
        return new BackupSchedule(
                        schedule.id().value(),
                        schedule.tenant().value(),
                        wanted.name(),
                        json(wanted.selector()),
                        wanted.cron(),
                        wanted.timeZone(),
                        wanted.windowMinutes(),
                        wanted.how().freezeMillis(),
                        wanted.paused(),
                        schedule.createdAt().atOffset(ZoneOffset.UTC))
                .retention(
                        retention == null
                                ? null
                                : new BackupRetention()
                                        .last(retention.last())
                                        .daily(retention.daily())
                                        .weekly(retention.weekly())
                                        .monthly(retention.monthly())
                                        .yearly(retention.yearly()))
                .repository(wanted.how().repository())
                .bandwidthMiBs(wanted.how().bandwidthMiBs())
                .nextAt(
                        wanted.paused()
                                ? null
                                : wanted.spread()
                                        .timetable()
                                        .next(now)
                                        .map(ScheduleJson::time)
                                        .orElse(null));
    }

    private static BackupSelector json(Selector selector) {
        return switch (selector) {
            case Selector.All() -> new BackupSelector().all(true).vmIds(null).labels(null);
            case Selector.These(var vms) ->
                new BackupSelector()
                        .vmIds(vms.stream().map(VmId::value).sorted().toList())
                        .labels(null);
            case Selector.Labelled(var labels) ->
                new BackupSelector().vmIds(null).labels(labels);
        };
    }

    static BackupCoverage of(Covered covered) {
        Covered.Proven proven = covered.proven();
        return new BackupCoverage(
                        covered.vm().value(),
                        covered.name(),
                        covered.tenant().value(),
                        BackupCoverage.StateEnum.valueOf(covered.state().name()),
                        covered.schedules())
                .lastBackupId(covered.last() == null ? null : covered.last().value())
                .lastBackupAt(nullable(covered.lastTaken()))
                .lastProvenBackupId(proven == null ? null : proven.backup().value())
                .lastProvenAt(proven == null ? null : time(proven.at()))
                .restoreSeconds(proven == null ? null : proven.seconds())
                .nextAt(nullable(covered.next()))
                .overdueSince(nullable(covered.overdueSince()))
                .reason(covered.trouble());
    }

    private static @Nullable OffsetDateTime nullable(@Nullable Instant time) {
        return time == null ? null : time(time);
    }

    private static OffsetDateTime time(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}
