package dev.yado.vmmd.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.VmId;
import dev.yado.vmmd.move.ladder.Foresight.Speeds;
import dev.yado.vmmd.store.Lesson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Percentage;

class ExperienceTest {
    private static final VmId VM = VmId.random();

    @Property
    void learnsHowFastPagesGoAndHowFastZeroes(
            @ForAll @DoubleRange(min = 50, max = 2000) double mibPerSecond,
            @ForAll @DoubleRange(min = 500, max = 20_000) double zeroesPerMs) {
        List<Lesson> lessons = new ArrayList<>();
        for (int mib : new int[] {60, 200, 500, 120, 700}) {
            lessons.add(lesson(mib * 256L, (768 - mib) * 256L, mibPerSecond, zeroesPerMs, VM));
        }
        Speeds speeds = Experience.speeds(lessons, VM, null);
        assertThat(speeds.measured()).isTrue();
        double copyMs = 400 * 1000 / (speeds.bytesPerSecond() / 1048576) + 368 * 256 / speeds.zeroPagesPerMs();
        double truth = 400 * 1000 / mibPerSecond + 368 * 256 / zeroesPerMs;
        assertThat(copyMs).isCloseTo(truth, Percentage.withPercentage(10));
        assertThat(speeds.beforeMs()).isCloseTo(30, Percentage.withPercentage(5));
        assertThat(speeds.heldMs()).isCloseTo(6, Percentage.withPercentage(10));
    }

    @Property
    void isAlwaysASpeed(
            @ForAll @IntRange(max = 500_000) int full,
            @ForAll @IntRange(max = 500_000) int zero,
            @ForAll @DoubleRange(max = 1e6) double copyMs,
            @ForAll boolean capped) {
        Lesson odd = new Lesson(VM, full, zero, 0, copyMs, 0, 0, 0, full, copyMs, capped);
        Speeds speeds = Experience.speeds(List.of(odd, odd), VM, null);
        assertThat(speeds.bytesPerSecond()).isPositive().isFinite();
        assertThat(speeds.diskBytesPerSecond()).isPositive().isFinite();
        assertThat(speeds.zeroPagesPerMs()).isPositive().isFinite();
    }

    @Example
    void theNewestCountMost() {
        List<Lesson> lessons = new ArrayList<>(Collections.nCopies(20, lesson(100_000, 0, 1000, 5000, VM)));
        lessons.addAll(Collections.nCopies(6, lesson(100_000, 0, 200, 5000, VM)));
        assertThat(Experience.speeds(lessons, VM, null).bytesPerSecond() / 1048576)
                .isLessThan(300);
    }

    @Example
    void whatAGoalHeldBackSaysNothing() {
        Lesson capped = new Lesson(VM, 100_000, 0, 30, 40_000, 10, 6, 0, 0, 0, true);
        Speeds speeds = Experience.speeds(List.of(capped), VM, null);
        assertThat(speeds.measured()).isFalse();
        assertThat(speeds.bytesPerSecond()).isGreaterThan(100 << 20);
    }

    @Example
    void withoutLessonsWhatTheControllerKnowsCounts() {
        Speeds speeds = Experience.speeds(List.of(), VM, 77L << 20);
        assertThat(speeds.measured()).isTrue();
        assertThat(speeds.bytesPerSecond()).isCloseTo(77 << 20, Percentage.withPercentage(0.1));
    }

    private static Lesson lesson(long full, long zero, double mibPerSecond, double zeroesPerMs, VmId vm) {
        double copyMs = full / 256.0 / mibPerSecond * 1000 + zero / zeroesPerMs;
        return new Lesson(vm, full, zero, 30, copyMs, 10, 6, 0, 0, 0, false);
    }
}
