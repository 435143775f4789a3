package dev.yado.vmmd.move;

import dev.yado.protocol.VmId;
import dev.yado.vmmd.move.ladder.Foresight.Speeds;
import dev.yado.vmmd.store.Lesson;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** How fast guests move from here, by what moves have shown: the newest count most, and those of the same VM more than others. */
final class Experience {
    private static final int PAGE = 4096;
    /** Before any move: what one core encrypts and sends on a slow machine. */
    private static final double GUESSED_BYTES_PER_SECOND = 300 << 20;

    private static final double GUESSED_ZERO_PAGES_PER_MS = 3_000;
    private static final double GUESSED_BEFORE_MS = 40;
    private static final double GUESSED_AFTER_MS = 15;
    private static final double GUESSED_HELD_MS = 10;
    /** What was guessed counts as much as such a part of a lesson. */
    private static final double GUESS = 0.02;

    private static final double SHORTEST_MS = 1e-6;
    private static final int PASSES = 3;

    private static final double OLDER = 0.75;
    private static final double SAME_VM = 3;
    /** Fewer pages say nothing of a speed. */
    private static final int FEW_PAGES = 2_000;

    private static final long FEW_DISK_BYTES = 4 << 20;

    private Experience() {}

    /** In ms, of one page. */
    private record Times(double full, double zero) {}

    /**
     * @param lessons the oldest first
     * @param told bytes a second of memory that somebody else knows of moves between the two hosts, their pauses included; null: nothing
     */
    static Speeds speeds(List<Lesson> lessons, VmId vm, @Nullable Long told) {
        double guess = told == null ? GUESSED_BYTES_PER_SECOND : told;
        Times guessed = new Times(PAGE * 1000.0 / guess, 1 / GUESSED_ZERO_PAGES_PER_MS);
        Times times = guessed;
        for (int pass = 0; pass < PASSES; pass++) {
            times = fitted(lessons, vm, guessed, times);
        }
        boolean measured = told != null || lessons.stream().anyMatch(Experience::says);
        double rate = PAGE * 1000 / times.full();
        return new Speeds(
                rate,
                mean(
                        lessons,
                        vm,
                        lesson -> lesson.diskBytes() < FEW_DISK_BYTES || lesson.disksMs() <= 0 || lesson.capped()
                                ? Double.NaN
                                : lesson.diskBytes() * 1000.0 / lesson.disksMs(),
                        rate),
                1 / times.zero(),
                mean(lessons, vm, Lesson::beforeMs, GUESSED_BEFORE_MS),
                mean(lessons, vm, Lesson::afterMs, GUESSED_AFTER_MS),
                mean(lessons, vm, lesson -> held(lesson, rate), GUESSED_HELD_MS),
                measured);
    }

    private static boolean says(Lesson lesson) {
        return !lesson.capped() && lesson.fullPages() >= FEW_PAGES && lesson.copyMs() > 0;
    }

    /**
     * Least squares of what is off in parts of what would be expected: a move takes so long for each page, and so long for each one of
     * zeroes.
     */
    private static Times fitted(List<Lesson> lessons, VmId vm, Times guessed, Times expected) {
        double ff = GUESS / (guessed.full() * guessed.full());
        double zz = GUESS / (guessed.zero() * guessed.zero());
        double fz = 0;
        double f = GUESS / guessed.full();
        double z = GUESS / guessed.zero();
        for (int i = 0; i < lessons.size(); i++) {
            Lesson lesson = lessons.get(i);
            if (says(lesson)) {
                double weight = weight(lessons, i, vm);
                double unit = lesson.fullPages() * expected.full() + lesson.zeroPages() * expected.zero();
                double full = lesson.fullPages() / unit;
                double zero = lesson.zeroPages() / unit;
                double took = lesson.copyMs() / unit;
                ff += weight * full * full;
                fz += weight * full * zero;
                zz += weight * zero * zero;
                f += weight * full * took;
                z += weight * zero * took;
            }
        }
        double determinant = ff * zz - fz * fz;
        double full = (f * zz - z * fz) / determinant;
        double zero = (z * ff - f * fz) / determinant;
        if (!(full > 0)) {
            return new Times(SHORTEST_MS, z / zz);
        }
        return zero > 0 ? new Times(full, zero) : new Times(f / ff, SHORTEST_MS);
    }

    /** Besides the last pages. */
    private static double held(Lesson lesson, double bytesPerSecond) {
        return lesson.blackoutMs() <= 0
                ? Double.NaN
                : Math.max(1, lesson.blackoutMs() - lesson.heldBytes() * 1000.0 / bytesPerSecond);
    }

    private static double weight(List<Lesson> lessons, int index, VmId vm) {
        double age = lessons.size() - 1.0 - index;
        return Math.pow(OLDER, age) * (lessons.get(index).vm().equals(vm) ? SAME_VM : 1);
    }

    private static double mean(List<Lesson> lessons, VmId vm, ToDoubleFunction<Lesson> figure, double guess) {
        double sum = GUESS * guess;
        double weights = GUESS;
        for (int i = 0; i < lessons.size(); i++) {
            double value = figure.applyAsDouble(lessons.get(i));
            if (Double.isFinite(value)) {
                sum += weight(lessons, i, vm) * value;
                weights += weight(lessons, i, vm);
            }
        }
        return sum / weights;
    }
}
