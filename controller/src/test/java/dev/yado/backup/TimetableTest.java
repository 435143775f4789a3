package dev.yado.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.YadoException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimetableTest {
    private static final String BERLIN = "Europe/Berlin";

    @Test
    void isDueAtTheTimeOfTheZone() {
        assertThat(times("30 2 * * *", BERLIN, "2026-01-10T00:00+01:00[Europe/Berlin]", 2))
                .containsExactly("2026-01-10T02:30+01:00[Europe/Berlin]", "2026-01-11T02:30+01:00[Europe/Berlin]");
    }

    @Test
    void isDueLaterWhenClocksGoForwardOverIt() {
        // On 2026-03-29 clocks in Berlin go from 02:00 to 03:00.
        assertThat(times("30 2 * * *", BERLIN, "2026-03-28T12:00+01:00[Europe/Berlin]", 2))
                .containsExactly("2026-03-29T03:30+02:00[Europe/Berlin]", "2026-03-30T02:30+02:00[Europe/Berlin]");
    }

    @Test
    void isDueOnceWhenClocksGoBackOverIt() {
        // On 2026-10-25 clocks in Berlin go from 03:00 back to 02:00.
        assertThat(times("30 2 * * *", BERLIN, "2026-10-24T12:00+02:00[Europe/Berlin]", 2))
                .containsExactly("2026-10-25T02:30+02:00[Europe/Berlin]", "2026-10-26T02:30+01:00[Europe/Berlin]");
        assertThat(times("30 2 * * *", BERLIN, "2026-10-25T02:10+01:00[Europe/Berlin]", 1))
                .containsExactly("2026-10-26T02:30+01:00[Europe/Berlin]");
    }

    @Test
    void isDueInOrderWhereOnlyHalfAnHourIsLeftOut() {
        // On 2026-10-04 clocks on Lord Howe go from 02:00 to 02:30.
        assertThat(times("15,30 2 * * *", "Australia/Lord_Howe", "2026-10-04T01:00+10:30[Australia/Lord_Howe]", 2))
                .containsExactly(
                        "2026-10-04T02:30+11:00[Australia/Lord_Howe]", "2026-10-04T02:45+11:00[Australia/Lord_Howe]");
    }

    /** One that is due every minute of one month has tens of thousands of times to look through, at every look at every VM. */
    @Test
    @Timeout(60)
    void findsTheLastOfManyInALongPast() {
        for (String cron : List.of("* * * 2 *", "* 0-23 * 2 *")) {
            Timetable timetable = Timetable.of(cron, BERLIN);
            Instant until =
                    ZonedDateTime.parse("2024-01-31T12:00+01:00[Europe/Berlin]").toInstant();
            for (int look = 0; look < 1000; look++) {
                assertThat(timetable.last(Instant.EPOCH, until.plusSeconds(look)))
                        .contains(ZonedDateTime.parse("2023-02-28T23:59+01:00[Europe/Berlin]")
                                .toInstant());
            }
        }
    }

    @Test
    void goesByTheHoursThatPassWhenItIsForEveryHour() {
        assertThat(times("0 * * * *", BERLIN, "2026-10-25T01:30+02:00[Europe/Berlin]", 3))
                .containsExactly(
                        "2026-10-25T02:00+02:00[Europe/Berlin]",
                        "2026-10-25T02:00+01:00[Europe/Berlin]",
                        "2026-10-25T03:00+01:00[Europe/Berlin]");
        assertThat(times("0 * * * *", BERLIN, "2026-03-29T01:30+01:00[Europe/Berlin]", 2))
                .containsExactly("2026-03-29T03:00+02:00[Europe/Berlin]", "2026-03-29T04:00+02:00[Europe/Berlin]");
    }

    @Test
    void findsTheLastTimeHoweverLongAgoItWas() {
        Timetable leapDays = Timetable.of("0 0 29 2 *", "UTC");
        assertThat(leapDays.last(Instant.EPOCH, Instant.parse("2026-06-01T00:00:00Z")))
                .contains(Instant.parse("2024-02-29T00:00:00Z"));

        Timetable minutes = Timetable.of("* * * * *", "UTC");
        assertThat(minutes.last(Instant.EPOCH, Instant.parse("2026-06-01T12:34:56Z")))
                .contains(Instant.parse("2026-06-01T12:34:00Z"));
    }

    @Test
    void findsNoLastTimeBeforeTheNextOne() {
        Timetable daily = Timetable.of("@daily", "UTC");
        Instant midnight = Instant.parse("2026-06-01T00:00:00Z");
        assertThat(daily.last(midnight, midnight.plusSeconds(3600))).isEmpty();
        assertThat(daily.last(midnight.minusMillis(1), midnight)).contains(midnight);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "* * * *", "0 0 2 * * *", "61 * * * *", "0 0 30 2 *", "@never", "a b c d e"})
    void refusesWhatIsNoTimetable(String cron) {
        assertThatThrownBy(() -> Timetable.of(cron, "UTC"))
                .isInstanceOf(YadoException.class)
                .hasMessageStartingWith("cron: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Mars/Base", "Europe"})
    void refusesWhatIsNoTimeZone(String zone) {
        assertThatThrownBy(() -> Timetable.of("@daily", zone))
                .isInstanceOf(YadoException.class)
                .hasMessageStartingWith("timeZone: ");
    }

    private static List<String> times(String cron, String zone, String after, int count) {
        Timetable timetable = Timetable.of(cron, zone);
        List<String> times = new ArrayList<>();
        Optional<Instant> next = timetable.next(ZonedDateTime.parse(after).toInstant());
        while (times.size() < count && next.isPresent()) {
            times.add(next.get().atZone(timetable.zone()).toString());
            next = timetable.next(next.get());
        }
        return times;
    }
}
