package dev.yado.backup;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.support.CronExpression;

/**
 * When something is due: a cron expression in a time zone. A time of day is on the clock on the wall: when clocks go forward over it, it
 * is due as much later as they went, and when they go back it is due the first time only; so what is due daily is due once every day.
 * An expression for every hour goes by the hours that pass, of which some days have 23 or 25.
 */
final class Timetable {
    /** Clocks are never changed by more. */
    private static final Duration LARGEST_CHANGE = Duration.ofHours(3);
    /** From one time to the next. */
    private static final Duration SHORTEST = Duration.ofMinutes(1);

    private static final Map<String, String> MACROS = Map.of(
            "@hourly", "0 * * * *",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@weekly", "0 0 * * 0",
            "@monthly", "0 0 1 * *",
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *");

    private final CronExpression cron;
    private final ZoneId zone;
    private final boolean everyHour;

    private Timetable(CronExpression cron, ZoneId zone, boolean everyHour) {
        this.cron = cron;
        this.zone = zone;
        this.everyHour = everyHour;
    }

    /**
     * @param cron five fields (minute, hour, day of month, month, day of week), or a word such as {@code @daily}
     * @throws YadoException {@code INVALID_REQUEST}, also for what is never due
     */
    static Timetable of(String cron, String timeZone) {
        String fields = MACROS.getOrDefault(cron.strip(), cron.strip());
        String[] parts = fields.split("\\s+");
        if (parts.length != 5) {
            throw invalid("cron: takes five fields (minute, hour, day of month, month, day of week) or one of "
                    + MACROS.keySet().stream().sorted().toList());
        }
        Timetable made = new Timetable(expression(fields), zone(timeZone), parts[1].startsWith("*"));
        if (made.cron.next(LocalDateTime.of(2000, 1, 1, 0, 0)) == null) {
            throw invalid("cron: it is never due");
        }
        return made;
    }

    private static CronExpression expression(String fields) {
        try {
            return CronExpression.parse("0 " + fields);
        } catch (IllegalArgumentException e) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "cron: " + e.getMessage(), e);
        }
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException e) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "timeZone: takes a name such as Europe/Berlin or UTC, not " + name, e);
        }
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }

    ZoneId zone() {
        return zone;
    }

    /** The first time after this one; empty when there is none any more. */
    Optional<Instant> next(Instant after) {
        return Optional.ofNullable(everyHour ? byHours(after) : byTheClock(after));
    }

    private @Nullable Instant byHours(Instant after) {
        var next = cron.next(after.atZone(zone));
        return next == null ? null : next.toInstant();
    }

    private @Nullable Instant byTheClock(Instant after) {
        LocalDateTime next = cron.next(LocalDateTime.ofInstant(after, zone));
        ZoneOffsetTransition change = zone.getRules().nextTransition(after.minus(LARGEST_CHANGE));
        if (next != null) {
            Instant at = next.atZone(zone).toInstant();
            if (at.isAfter(after) && (change == null || change.getInstant().isAfter(at))) {
                return at;
            }
        }
        return nearAChange(after);
    }

    private @Nullable Instant nearAChange(Instant after) {
        LocalDateTime on = LocalDateTime.ofInstant(after, zone).minus(LARGEST_CHANGE);
        @Nullable Instant first = null;
        LocalDateTime until = LocalDateTime.MAX;
        // What the clock goes forward over comes later than what it shows next.
        while (true) {
            LocalDateTime shown = cron.next(on);
            if (shown == null || shown.isAfter(until)) {
                return first;
            }
            Instant at = shown.atZone(zone).toInstant();
            if (at.isAfter(after) && (first == null || at.isBefore(first))) {
                first = at;
                until = until.equals(LocalDateTime.MAX) ? shown.plus(LARGEST_CHANGE) : until;
            }
            on = shown;
        }
    }

    /** The last time that is after the one and not after the other. Halves what is left, so that a long past costs no more than a short one. */
    Optional<Instant> last(Instant after, Instant until) {
        Optional<Instant> last = nextUntil(after, until);
        Instant none = until;
        while (last.isPresent() && Duration.between(last.get(), none).compareTo(SHORTEST) >= 0) {
            Instant middle = last.get().plus(Duration.between(last.get(), none).dividedBy(2));
            Optional<Instant> later = nextUntil(middle, until);
            if (later.isPresent()) {
                last = later;
            } else {
                none = middle;
            }
        }
        return last;
    }

    private Optional<Instant> nextUntil(Instant after, Instant until) {
        return next(after).filter(at -> !at.isAfter(until));
    }
}
