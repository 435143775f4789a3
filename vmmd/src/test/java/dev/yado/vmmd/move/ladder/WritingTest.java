package dev.yado.vmmd.move.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.vmmd.move.ladder.Writing.Seen;
import java.util.List;
import java.util.stream.DoubleStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.Percentage;

class WritingTest {
    private static final double MIB = 1048576;
    private static final long GIB = 1L << 30;

    @Property
    void neverBecomesLessNorMoreThanThereIs(
            @ForAll("looks") List<Seen> looks,
            @ForAll @DoubleRange(min = 0, max = 1000) double one,
            @ForAll @DoubleRange(min = 0, max = 1000) double other) {
        Writing writing = Writing.of(looks, GIB);
        double sooner = writing.after(Math.min(one, other));
        double later = writing.after(Math.max(one, other));
        assertThat(sooner).isBetween(0.0, (double) GIB);
        assertThat(later).isBetween(sooner * (1 - 1e-9), GIB * 1.0);
        assertThat(writing.bytesPerSecond()).isGreaterThanOrEqualTo(0).isFinite();
    }

    @Property
    void goesThroughWhatWasSeen(@ForAll("rising") List<Seen> looks) {
        Writing writing = Writing.of(looks, GIB);
        for (Seen look : looks) {
            assertThat(writing.after(look.seconds())).isCloseTo(look.bytes(), Percentage.withPercentage(0.1));
        }
    }

    @Property
    void knowsAGuestThatWritesToAnyOfItsPages(
            @ForAll @DoubleRange(min = 16, max = 512) double workingSetMiB,
            @ForAll @DoubleRange(min = 1_000, max = 60_000) double pagesPerSecond,
            @ForAll @DoubleRange(min = 0.02, max = 4) double seconds) {
        double bytes = workingSetMiB * MIB;
        double rate = pagesPerSecond * 4096;
        Writing writing = Writing.of(
                DoubleStream.of(0.06, 0.25, 1)
                        .mapToObj(t -> new Seen(t, bytes * -Math.expm1(-t * rate / bytes)))
                        .toList(),
                GIB);
        double truth = bytes * -Math.expm1(-seconds * rate / bytes);
        assertThat(writing.after(seconds)).isCloseTo(truth, Percentage.withPercentage(30));
    }

    @Property
    void aGuestThatGoesThroughItsPagesInTurnGoesOnAsItWasSeen(
            @ForAll @DoubleRange(min = 1_000, max = 60_000) double pagesPerSecond,
            @ForAll @DoubleRange(min = 0.01, max = 3) double seconds) {
        double rate = pagesPerSecond * 4096;
        Writing writing = Writing.of(
                DoubleStream.of(0.06, 0.25, 1)
                        .mapToObj(t -> new Seen(t, t * rate))
                        .toList(),
                GIB);
        assertThat(writing.after(seconds)).isCloseTo(Math.min(GIB, seconds * rate), Percentage.withPercentage(1));
    }

    @Property
    void whoIsBusierHasWrittenAsMuchSooner(
            @ForAll("looks") List<Seen> looks,
            @ForAll @DoubleRange(min = 0.3, max = 3) double times,
            @ForAll @DoubleRange(min = 0.01, max = 10) double seconds) {
        Writing writing = Writing.of(looks, GIB);
        assertThat(writing.times(times).after(seconds))
                .isCloseTo(writing.after(seconds * times), Percentage.withPercentage(0.001));
    }

    @Example
    void roundingNeverMakesItMoreThanThereIs() {
        for (int i = 1; i < 10_000; i++) {
            Writing writing = Writing.of(List.of(new Seen(i / 3000.0, i * 1000.1), new Seen(5, GIB)), GIB);
            assertThat(writing.after(5)).isLessThanOrEqualTo(GIB);
        }
    }

    @Example
    void aHeldGuestWritesNothing() {
        Assertions.assertThat(Writing.NONE.after(100)).isZero();
        Assertions.assertThat(Writing.of(List.of(new Seen(1, 0)), GIB).bytesPerSecond())
                .isZero();
    }

    /** In no order and with no sense. */
    @Provide
    static Arbitrary<List<Seen>> looks() {
        return Combinators.combine(
                        Arbitraries.doubles().between(0, 5),
                        Arbitraries.doubles().between(0, 3.0 * GIB))
                .as(Seen::new)
                .list()
                .ofMaxSize(6);
    }

    @Provide
    static Arbitrary<List<Seen>> rising() {
        return Arbitraries.doubles()
                .between(1, 200 * MIB)
                .list()
                .ofSize(3)
                .map(steps -> List.of(
                        new Seen(0.06, steps.get(0)),
                        new Seen(0.25, steps.get(0) + steps.get(1)),
                        new Seen(1, steps.get(0) + steps.get(1) + steps.get(2))));
    }
}
