package dev.yado.backup;

import dev.yado.protocol.BackupId;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.IsoFields;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Which backups of a VM are kept: the last ones, and of the last days, weeks, months and years that have one the last of each. The
 * newest is kept whatever these say, and so is the newest that is proven.
 */
record Retention(int last, int daily, int weekly, int monthly, int yearly) {

    /** @param proven it was restored and its guest has given a sign of life */
    record Candidate(BackupId id, Instant takenAt, boolean proven) {}

    Set<BackupId> kept(Collection<Candidate> whole, ZoneId zone) {
        List<Candidate> newestFirst = whole.stream()
                .sorted(Comparator.comparing(Candidate::takenAt)
                        .thenComparing(Candidate::id)
                        .reversed())
                .toList();
        Set<BackupId> kept = new LinkedHashSet<>();
        newestFirst.stream().limit(Math.max(1, last)).map(Candidate::id).forEach(kept::add);
        newestFirst.stream()
                .filter(Candidate::proven)
                .limit(1)
                .map(Candidate::id)
                .forEach(kept::add);
        keep(kept, newestFirst, daily, each -> day(each, zone));
        keep(kept, newestFirst, weekly, each -> week(day(each, zone)));
        keep(kept, newestFirst, monthly, each -> day(each, zone).withDayOfMonth(1));
        keep(kept, newestFirst, yearly, each -> day(each, zone).withDayOfYear(1));
        return kept;
    }

    private static void keep(
            Set<BackupId> kept, List<Candidate> newestFirst, int periods, Function<Candidate, Object> period) {
        Set<Object> seen = new HashSet<>();
        for (Candidate each : newestFirst) {
            if (seen.size() == periods) {
                // The newest of a period comes first: all that follow of this one are older.
                return;
            }
            if (seen.add(period.apply(each))) {
                kept.add(each.id());
            }
        }
    }

    private static LocalDate day(Candidate each, ZoneId zone) {
        return each.takenAt().atZone(zone).toLocalDate();
    }

    private static Object week(LocalDate day) {
        return day.get(IsoFields.WEEK_BASED_YEAR) * 100 + day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
    }
}
