package dev.yado.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.backup.Retention.Candidate;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.VmId;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What holds whatever the schedule, the zone and the clock. */
class ScheduleProperties {
    private static final long YEARS_2020 = 1_577_836_800L;
    private static final long YEARS_2040 = 2_208_988_800L;

    @Provide
    Arbitrary<String> zones() {
        return Arbitraries.of(
                "UTC",
                "Europe/Berlin",
                "America/New_York",
                "Australia/Lord_Howe",
                "Asia/Kathmandu",
                "America/Sao_Paulo");
    }

    @Provide
    Arbitrary<String> crons() {
        return Arbitraries.of(
                "30 2 * * *",
                "0 0 * * *",
                "15,45 1-3 * * *",
                "0 * * * *",
                "*/20 */6 * * *",
                "0 3 * * 1",
                "59 23 28 * *");
    }

    /** Whenever it is asked, the next time is after that, and the last one before the next is the one that was asked for. */
    @Property(tries = 400)
    void timesFollowOneAnother(
            @ForAll("crons") String cron,
            @ForAll("zones") String zone,
            @ForAll @LongRange(min = YEARS_2020, max = YEARS_2040) long second) {
        Timetable timetable = Timetable.of(cron, zone);
        Instant after = Instant.ofEpochSecond(second);
        Instant next = timetable.next(after).orElseThrow();
        assertThat(next).isAfter(after);
        assertThat(timetable.last(after, next.minusNanos(1))).isEmpty();
        assertThat(timetable.last(after, next)).contains(next);
        assertThat(timetable.last(Instant.EPOCH, next)).contains(next);
    }

    /** Clocks go forward and back; what is due daily is due once on every day. */
    @Property(tries = 100)
    void whatIsDailyIsDueOnceADay(
            @ForAll("zones") String zone,
            @ForAll @IntRange(max = 23) int hour,
            @ForAll @IntRange(max = 59) int minute,
            @ForAll @IntRange(min = 2020, max = 2039) int year) {
        Timetable timetable = Timetable.of(minute + " " + hour + " * * *", zone);
        ZoneId in = ZoneId.of(zone);
        Instant at = LocalDate.of(year, 1, 1).atStartOfDay(in).toInstant().minusMillis(1);
        List<LocalDate> days = new ArrayList<>();
        for (int i = 0; i < 365; i++) {
            at = timetable.next(at).orElseThrow();
            days.add(at.atZone(in).toLocalDate());
        }
        assertThat(days).doesNotHaveDuplicates().isSorted();
        assertThat(days.getLast()).isEqualTo(LocalDate.of(year, 1, 1).plusDays(364));
    }

    /** A controller that looks again and again, with pauses of any length, begins each turn once and misses none but those it slept through. */
    @Property(tries = 200)
    void eachTurnIsBegunOnce(
            @ForAll("crons") String cron,
            @ForAll("zones") String zone,
            @ForAll @IntRange(max = 600) int windowMinutes,
            @ForAll long seed) {
        Spread spread = new Spread(Timetable.of(cron, zone), Duration.ofMinutes(windowMinutes));
        VmId vm = new VmId(new UUID(seed, ~seed));
        Random random = new Random(seed);
        Instant now = Instant.ofEpochSecond(YEARS_2020 + random.nextInt(300_000_000));
        Instant handled = now;
        Set<Instant> begun = new HashSet<>();
        for (int look = 0; look < 60; look++) {
            Instant before = now;
            now = now.plusSeconds(random.nextInt(4) == 0 ? random.nextInt(400_000) : random.nextInt(3_000));
            Optional<Instant> due = spread.due(vm, handled, now);
            if (due.isPresent()) {
                assertThat(begun.add(due.get())).isTrue();
                assertThat(due.get().plus(spread.delay(vm))).isBeforeOrEqualTo(now);
                // Nothing is begun late but what fell into the pause.
                assertThat(due.get().plus(spread.delay(vm))).isAfter(before);
                handled = due.get();
            } else {
                assertThat(spread.next(vm, handled).orElseThrow()).isAfter(now);
            }
        }
    }

    @Property(tries = 200)
    void delaysStayInTheWindowAndAreAlwaysTheSame(
            @ForAll long high, @ForAll long low, @ForAll @IntRange(max = 1440) int minutes) {
        Spread spread = new Spread(Timetable.of("@daily", "UTC"), Duration.ofMinutes(minutes));
        VmId vm = new VmId(new UUID(high, low));
        assertThat(spread.delay(vm))
                .isEqualTo(spread.delay(vm))
                .isBetween(Duration.ZERO, Duration.ofMinutes(minutes).minusNanos(minutes == 0 ? 0 : 1));
    }

    @Property(tries = 300)
    void neverLosesTheNewestOrTheNewestProvenAndKeepsWhatItPromises(
            @ForAll @IntRange(max = 5) int last,
            @ForAll @IntRange(max = 8) int daily,
            @ForAll @IntRange(max = 5) int weekly,
            @ForAll @IntRange(max = 5) int monthly,
            @ForAll @IntRange(max = 3) int yearly,
            @ForAll("zones") String zone,
            @ForAll long seed) {
        Random random = new Random(seed);
        List<Candidate> whole = new ArrayList<>();
        for (int i = random.nextInt(40) + 1; i > 0; i--) {
            whole.add(new Candidate(
                    BackupId.random(),
                    Instant.ofEpochSecond(YEARS_2020 + random.nextInt(100_000_000)),
                    random.nextInt(10) == 0));
        }
        Retention retention = new Retention(last, daily, weekly, monthly, yearly);
        ZoneId in = ZoneId.of(zone);

        Set<BackupId> kept = retention.kept(whole, in);

        Comparator<Candidate> byTime = Comparator.comparing(Candidate::takenAt).thenComparing(Candidate::id);
        assertThat(kept).contains(Collections.max(whole, byTime).id());
        whole.stream()
                .filter(Candidate::proven)
                .max(byTime)
                .ifPresent(proven -> assertThat(kept).contains(proven.id()));
        assertThat(kept.size()).isLessThanOrEqualTo(Math.max(1, last) + daily + weekly + monthly + yearly + 1);
        assertThat(kept.size()).isGreaterThanOrEqualTo(Math.min(whole.size(), last));
        long days = whole.stream()
                .map(each -> each.takenAt().atZone(in).toLocalDate())
                .distinct()
                .count();
        assertThat(kept.size()).isGreaterThanOrEqualTo((int) Math.min(days, daily));
        // What is kept once is kept when asked again: nothing is lost bit by bit in one night.
        List<Candidate> left =
                whole.stream().filter(each -> kept.contains(each.id())).toList();
        assertThat(retention.kept(left, in)).containsExactlyInAnyOrderElementsOf(kept);
    }
}
