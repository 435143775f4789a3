package dev.yado.vmmd.move.ladder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How much of its memory a guest has written to after so long, as it was seen for a second and as it may be expected from there. It
 * never becomes less, and grows ever slower where the guest was seen to come back to the same pages.
 */
public final class Writing {
    /** Of a guest that does nothing, or is held. */
    public static final Writing NONE = new Writing(List.of(), 0, 1);

    private static final double STEEPEST = 1e4;
    private static final double LONGEST_TAIL_SECONDS = 1e6;

    private final List<Seen> seen;
    private final double mostBytes;
    private final double faster;
    /** Of the first part of the curve: 0 for a straight line. */
    private final double bend;

    private final double tailSlope;
    private final double tailSeconds;

    /** @param bytes of pages that were not any more, so long after, what they had been */
    public record Seen(double seconds, double bytes) {}

    private Writing(List<Seen> seen, double mostBytes, double faster) {
        this.seen = seen;
        this.mostBytes = mostBytes;
        this.faster = faster;
        this.bend = seen.isEmpty() ? 0 : bend(seen);
        this.tailSlope = slope(seen.size() - 1);
        this.tailSeconds = tailSeconds();
    }

    /** @param mostBytes that can be written to at all */
    public static Writing of(List<Seen> looks, long mostBytes) {
        List<Seen> rising = new ArrayList<>();
        double last = 0;
        for (Seen look : looks.stream()
                .filter(look -> look.seconds() > 0)
                .sorted(Comparator.comparingDouble(Seen::seconds))
                .toList()) {
            last = Math.min(mostBytes, Math.max(last, look.bytes()));
            rising.add(new Seen(look.seconds(), last));
        }
        return last == 0 ? NONE : new Writing(List.copyOf(rising), mostBytes, 1);
    }

    /** The same guest, so many times as busy. */
    Writing times(double factor) {
        return new Writing(seen, mostBytes, faster * factor);
    }

    /** Bytes of pages that differ after the guest has run for so long. */
    public double after(double guestSeconds) {
        double t = guestSeconds * faster;
        if (seen.isEmpty() || t <= 0) {
            return 0;
        }
        Seen first = seen.getFirst();
        if (t <= first.seconds()) {
            return Math.min(first.bytes(), first.bytes() * part(bend, t, first.seconds()));
        }
        for (int i = 1; i < seen.size(); i++) {
            Seen next = seen.get(i);
            if (t <= next.seconds()) {
                Seen before = seen.get(i - 1);
                return Math.min(next.bytes(), before.bytes() + slope(i) * (t - before.seconds()));
            }
        }
        Seen last = seen.getLast();
        double beyond = t - last.seconds();
        return Math.min(mostBytes, last.bytes() + tailSlope * tailSeconds * -Math.expm1(-beyond / tailSeconds));
    }

    /** How fast it writes, before it comes back to the same pages. */
    public double bytesPerSecond() {
        if (seen.isEmpty()) {
            return 0;
        }
        double soon = seen.getFirst().seconds() / 1000;
        return after(soon / faster) / (soon / faster);
    }

    /** How much of what is written by {@code whole} has been by {@code t}, for a guest that writes to any of its pages. */
    private static double part(double bend, double t, double whole) {
        return bend == 0 ? t / whole : Math.expm1(-bend * t) / Math.expm1(-bend * whole);
    }

    /** So that the curve through nothing and the first look goes through the second one too. */
    private static double bend(List<Seen> seen) {
        if (seen.size() < 2 || seen.getFirst().bytes() == 0) {
            return 0;
        }
        Seen first = seen.get(0);
        Seen second = seen.get(1);
        double wanted = first.bytes() / second.bytes();
        if (wanted <= first.seconds() / second.seconds()) {
            return 0;
        }
        double low = 0;
        double high = STEEPEST;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (part(middle, first.seconds(), second.seconds()) < wanted) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private double slope(int segment) {
        if (segment < 0) {
            return 0;
        }
        Seen end = seen.get(segment);
        Seen begin = segment == 0 ? new Seen(0, 0) : seen.get(segment - 1);
        double seconds = end.seconds() - begin.seconds();
        return seconds <= 0 ? 0 : (end.bytes() - begin.bytes()) / seconds;
    }

    /** After the last look the slope goes on becoming less as it did before. */
    private double tailSeconds() {
        double before = slope(seen.size() - 2);
        if (tailSlope <= 0 || before <= tailSlope) {
            return LONGEST_TAIL_SECONDS;
        }
        Seen last = seen.getLast();
        Seen middle = seen.get(seen.size() - 2);
        double from = seen.size() > 2 ? seen.get(seen.size() - 3).seconds() : 0;
        double between = (last.seconds() - from) / 2;
        return Math.min(LONGEST_TAIL_SECONDS, Math.max(middle.seconds() / 10, between / Math.log(before / tailSlope)));
    }
}
