package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a move would be like: its rehearsal by the ladder itself, with what was seen of the guest and what earlier moves have shown. */
public final class Foresight {
    private static final Duration SYNC = Duration.ofMillis(2);
    private static final int LOOK_MS = 50;
    /** So much is gone through in steps of a millisecond. */
    private static final long FINE_MS = 310_000;
    /** What has not got ahead by then, and has copied all memory some times, is not going to. */
    private static final long PATIENCE_MS = 900_000;

    private static final int PATIENCE_ROUNDS = 4;
    /** The link may give, and the guest take, so many times what was seen; each with its chance. */
    private static final double[] OTHERWISE = {0.6, 0.8, 1, 1.3};

    private static final double[] LIKELY = {0.125, 0.25, 0.5, 0.125};

    private Foresight() {}

    /**
     * What is to move.
     *
     * @param pages that the guest has; 0 for one that does not run
     * @param full pages that are not zeroes
     * @param diskBytes that are copied before
     */
    public record Load(long pages, long full, Writing writing, long diskBytes) {
        public boolean live() {
            return pages > 0;
        }
    }

    /**
     * How fast this host moves guests.
     *
     * @param bytesPerSecond of memory, while nothing slows it down
     * @param zeroPagesPerMs pages of zeroes
     * @param beforeMs from the begin of a departure to the first byte of memory, without disks
     * @param afterMs from the last byte until the destination has said that the guest runs
     * @param heldMs that the guest is held for, besides its last pages
     * @param measured it was seen by a move, else it is a guess
     */
    public record Speeds(
            double bytesPerSecond,
            double diskBytesPerSecond,
            double zeroPagesPerMs,
            double beforeMs,
            double afterMs,
            double heldMs,
            boolean measured) {
        public Speeds {
            if (!(bytesPerSecond > 0 && diskBytesPerSecond > 0 && zeroPagesPerMs > 0)) {
                throw new IllegalArgumentException("nothing moves at no speed: " + bytesPerSecond + ", "
                        + diskBytesPerSecond + ", " + zeroPagesPerMs);
            }
        }

        Speeds times(double factor) {
            return new Speeds(
                    bytesPerSecond * factor,
                    diskBytesPerSecond * factor,
                    zeroPagesPerMs,
                    beforeMs,
                    afterMs,
                    heldMs,
                    measured);
        }

        Speeds under(MigrationGoal goal) {
            Integer cap = goal.bandwidthMiBs();
            double most = cap == null ? Double.MAX_VALUE : (double) ((long) cap << 20);
            return new Speeds(
                    Math.min(most, bytesPerSecond),
                    Math.min(most, diskBytesPerSecond),
                    zeroPagesPerMs,
                    beforeMs,
                    afterMs,
                    heldMs,
                    measured);
        }
    }

    /** One course of events. */
    private record Course(long rounds, double ms, double heldMs, List<Rung.Kind> rungs, boolean gaveUp) {
        boolean meets(MigrationGoal goal) {
            return !gaveUp && heldMs <= goal.maxDowntimeMs() * 1.1 && ms <= goal.deadlineSeconds() * 1000.0;
        }
    }

    /** @param both what the two ends can do */
    public static Forecast of(MigrationGoal goal, Abilities both, Load load, Speeds speeds) {
        Course likely = course(goal, both, load, speeds.under(goal));
        double chance = 0;
        for (int link = 0; link < OTHERWISE.length; link++) {
            for (int guest = 0; guest < OTHERWISE.length; guest++) {
                Load other = new Load(
                        load.pages(), load.full(), load.writing().times(1 / OTHERWISE[guest]), load.diskBytes());
                Speeds otherwise = speeds.times(OTHERWISE[link]).under(goal);
                chance += course(goal, both, other, otherwise).meets(goal) ? LIKELY[link] * LIKELY[guest] : 0;
            }
        }
        Speeds capped = speeds.under(goal);
        return new Forecast(
                load.full() * 4096,
                load.diskBytes(),
                Math.round(load.writing().bytesPerSecond()),
                Math.round(load.live() ? capped.bytesPerSecond() : capped.diskBytesPerSecond()),
                (int) Math.min(Integer.MAX_VALUE, likely.rounds()),
                Math.round(likely.ms()),
                likely.heldMs(),
                likely.rungs(),
                Math.clamp(chance, 0, 1),
                sentence(goal, load, capped, likely));
    }

    private static Course course(MigrationGoal goal, Abilities both, Load load, Speeds speeds) {
        double disksMs = load.diskBytes() * 1000.0 / speeds.diskBytesPerSecond();
        double deadlineMs = goal.deadlineSeconds() * 1000.0;
        double begin = speeds.beforeMs() + disksMs;
        if (begin >= deadlineMs) {
            return new Course(0, deadlineMs, 0, List.of(Rung.Kind.GIVE_UP), true);
        }
        if (!load.live()) {
            return new Course(0, begin + speeds.afterMs(), 0, List.of(), false);
        }
        Rehearsal.Guest guest = new Rehearsal.Guest(
                load.pages(),
                load.full(),
                load.writing(),
                speeds.bytesPerSecond(),
                speeds.zeroPagesPerMs(),
                SYNC,
                speeds.heldMs());
        double roundMs = load.full() * 4096 * 1000.0 / speeds.bytesPerSecond()
                + (load.pages() - load.full()) / speeds.zeroPagesPerMs();
        long most = (long) Math.min(deadlineMs - begin + LOOK_MS, PATIENCE_ROUNDS * roundMs + PATIENCE_MS);
        int step = (int) (1 + most / FINE_MS);
        Rehearsal.Pace pace = new Rehearsal.Pace(
                Duration.ofMillis(Math.round(begin)), step, Math.max(LOOK_MS, step), Duration.ofMillis(most + step));
        Ladder ladder = new Ladder(goal, both, load.pages() * 4096, Instant.EPOCH);
        Rehearsal.End end = Rehearsal.migrate(guest, ladder, pace);
        boolean gaveUp = end.status() != Status.COMPLETED;
        return new Course(
                end.rounds(),
                gaveUp ? deadlineMs : end.at().toMillis() + speeds.afterMs(),
                gaveUp ? 0 : end.downtimeMs(),
                gaveUp ? withEnd(end.kinds()) : end.kinds(),
                gaveUp);
    }

    private static List<Rung.Kind> withEnd(List<Rung.Kind> kinds) {
        List<Rung.Kind> all = new ArrayList<>(kinds);
        if (!all.contains(Rung.Kind.GIVE_UP)) {
            all.add(Rung.Kind.GIVE_UP);
        }
        return all;
    }

    private static String sentence(MigrationGoal goal, Load load, Speeds speeds, Course likely) {
        List<String> parts = new ArrayList<>();
        if (load.diskBytes() > 0) {
            parts.add(
                    Copying.mib(load.diskBytes()) + " of disks at " + Copying.mib(speeds.diskBytesPerSecond()) + "/s");
        }
        if (load.live()) {
            parts.add(Copying.mib(load.full() * 4096.0) + " of memory at " + Copying.mib(speeds.bytesPerSecond())
                    + "/s while the guest writes "
                    + Copying.mib(load.writing().bytesPerSecond()) + "/s");
        }
        String what = parts.isEmpty() ? "Nothing is to be copied" : String.join(", then ", parts);
        String end;
        if (likely.gaveUp()) {
            end = "not done within " + goal.deadlineSeconds() + " s, so it would stay where it is";
        } else {
            end = String.format(Locale.ROOT, "about %.1f s", likely.ms() / 1000)
                    + (load.live() ? String.format(Locale.ROOT, ", held for %.0f ms", likely.heldMs()) : "")
                    + needs(likely.rungs());
        }
        return what + ": " + end + (speeds.measured() ? "." : ". No move of this host has shown yet how fast it is.");
    }

    private static String needs(List<Rung.Kind> rungs) {
        List<String> words = rungs.stream()
                .map(Foresight::word)
                .filter(word -> !word.isEmpty())
                .toList();
        return words.isEmpty() ? "" : ", with " + String.join(", ", words);
    }

    private static String word(Rung.Kind kind) {
        return switch (kind) {
            case BANDWIDTH, GIVE_UP -> "";
            case XBZRLE -> "differences instead of pages";
            case MULTIFD -> "several streams";
            case DOWNTIME_LIMIT -> "a longer hold than at first allowed";
            case THROTTLE -> "its processors slowed down";
            case POST_COPY -> "its memory following it";
        };
    }
}
