package dev.yado.vmmd.move.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.move.ladder.Foresight.Load;
import dev.yado.vmmd.move.ladder.Foresight.Speeds;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.data.Percentage;

class ForesightTest {
    private static final Abilities ALL = new Abilities(true, true, true, true, 1);
    private static final long MIB = 256;
    private static final MigrationGoal GENTLE = new MigrationGoal(100, 60, false, false, null);

    @Property(tries = 60)
    void saysWhatCanBe(
            @ForAll("goals") MigrationGoal goal, @ForAll("loads") Load load, @ForAll("speeds") Speeds speeds) {
        Forecast forecast = Foresight.of(goal, ALL, load, speeds);
        assertThat(forecast.chance()).isBetween(0.0, 1.0);
        assertThat(forecast.durationMs()).isNotNegative();
        assertThat(forecast.downtimeMs()).isNotNegative().isFinite();
        assertThat(forecast.rungs()).doesNotHaveDuplicates();
        assertThat(forecast.explanation()).isNotBlank();
        if (!goal.mayThrottle()) {
            assertThat(forecast.rungs()).doesNotContain(Rung.Kind.THROTTLE);
        }
        if (!goal.mayPostCopy()) {
            assertThat(forecast.rungs()).doesNotContain(Rung.Kind.POST_COPY);
        }
        if (forecast.rungs().contains(Rung.Kind.GIVE_UP)) {
            assertThat(forecast.durationMs()).isGreaterThanOrEqualTo(goal.deadlineSeconds() * 1000L);
        }
    }

    @Property(tries = 60)
    void aSlowerLinkNeverMakesAQuietGuestFaster(@ForAll("quiet") Load load, @ForAll("speeds") Speeds speeds) {
        Forecast fast = Foresight.of(MigrationGoal.DEFAULT, ALL, load, speeds);
        Forecast slow = Foresight.of(MigrationGoal.DEFAULT, ALL, load, speeds.times(0.5));
        // The rehearsal goes by milliseconds, and the last of either is not a whole one.
        assertThat(slow.durationMs()).isGreaterThanOrEqualTo(fast.durationMs() - 1);
        assertThat(slow.chance()).isLessThanOrEqualTo(fast.chance());
    }

    @Property(tries = 60)
    void aHeldGuestTakesAsLongAsItsMemory(@ForAll("speeds") Speeds speeds) {
        Load load = new Load(4096 * MIB, 2000 * MIB, Writing.NONE, 0);
        MigrationGoal patient = new MigrationGoal(100, 3600, false, false, null);
        Forecast forecast = Foresight.of(patient, ALL, load, speeds);
        double copying = 2000 * MIB * 4096 / speeds.bytesPerSecond() * 1000
                + 2096 * MIB / speeds.zeroPagesPerMs()
                + speeds.beforeMs()
                + speeds.afterMs();
        // The switch-over comes with a look at the rate, every 100 ms.
        assertThat((double) forecast.durationMs()).isBetween(copying * 0.9 - 20, copying * 1.1 + 250);
        assertThat(forecast.chance()).isEqualTo(1);
        assertThat(forecast.rungs()).containsExactly(Rung.Kind.BANDWIDTH);
    }

    @Example
    void theGoalsCapCounts() {
        Load load = new Load(1024 * MIB, 600 * MIB, Writing.NONE, 0);
        Forecast forecast = Foresight.of(new MigrationGoal(100, 300, true, true, 60), ALL, load, speeds(1000));
        assertThat(forecast.bytesPerSecond()).isEqualTo(60L << 20);
        assertThat((double) forecast.durationMs()).isCloseTo(10_000, Percentage.withPercentage(6));
    }

    @Example
    void aGuestThatIsHotterThanTheLinkStaysWhereNothingIsAllowed() {
        Forecast forecast = Foresight.of(GENTLE, ALL, hot(512, 300), speeds(100));
        assertThat(forecast.rungs()).contains(Rung.Kind.GIVE_UP);
        assertThat(forecast.chance()).isLessThan(0.2);
        assertThat(forecast.durationMs()).isEqualTo(60_000);
        assertThat(forecast.explanation()).contains("60 s").contains("stay");
    }

    @Example
    void aDayIsForeseenToItsEnd() {
        MigrationGoal day = new MigrationGoal(1, 86_400, false, false, 1);
        Load huge = new Load(1 << 28, 1 << 28, hot(512, 300).writing(), 0);
        Forecast forecast = Foresight.of(day, ALL, huge, speeds(100));
        assertThat(forecast.rungs()).contains(Rung.Kind.GIVE_UP);
        assertThat(forecast.durationMs()).isEqualTo(86_400_000);
    }

    @Example
    void theSameGuestNeedsMoreThanTheLinkWhereThatIsAllowed() {
        Forecast forecast = Foresight.of(MigrationGoal.DEFAULT, ALL, hot(512, 300), speeds(100));
        assertThat(forecast.rungs()).containsAnyOf(Rung.Kind.THROTTLE, Rung.Kind.POST_COPY);
        assertThat(forecast.rungs()).doesNotContain(Rung.Kind.GIVE_UP);
        assertThat(forecast.durationMs()).isBetween(5_000L, 60_000L);
    }

    @Example
    void disksComeFirstAndTheDeadlineCountsFromTheirBegin() {
        Load load = new Load(1024 * MIB, 100 * MIB, Writing.NONE, 10L << 30);
        Speeds speeds = new Speeds(500 << 20, 100 << 20, 5_000, 10, 10, 5, true);
        Forecast forecast = Foresight.of(MigrationGoal.DEFAULT, ALL, load, speeds);
        assertThat((double) forecast.durationMs()).isCloseTo(102_800, Percentage.withPercentage(1));
        Forecast hurried = Foresight.of(GENTLE, ALL, load, speeds);
        assertThat(hurried.rungs()).containsExactly(Rung.Kind.GIVE_UP);
        assertThat(hurried.chance()).isZero();
    }

    @Example
    void aVmThatDoesNotRunIsHeldForNothing() {
        Load load = new Load(0, 0, Writing.NONE, 300L << 20);
        Forecast forecast = Foresight.of(MigrationGoal.DEFAULT, ALL, load, speeds(100));
        assertThat((double) forecast.durationMs()).isCloseTo(3_000, Percentage.withPercentage(5));
        assertThat(forecast.downtimeMs()).isZero();
        assertThat(forecast.rungs()).isEmpty();
        assertThat(forecast.rounds()).isZero();
        Forecast shared = Foresight.of(MigrationGoal.DEFAULT, ALL, new Load(0, 0, Writing.NONE, 0), speeds(100));
        assertThat(shared.durationMs()).isLessThan(1_000);
        assertThat(shared.explanation()).startsWith("Nothing is to be copied");
    }

    @Example
    void aGuessIsCalledOne() {
        Load load = new Load(1024 * MIB, 100 * MIB, Writing.NONE, 0);
        Speeds guess = new Speeds(100 << 20, 100 << 20, 5_000, 10, 10, 5, false);
        assertThat(Foresight.of(GENTLE, ALL, load, guess).explanation()).contains("No move of this host has shown");
    }

    private static Load hot(int workingSetMiB, int mibPerSecond) {
        double most = workingSetMiB * 1048576.0;
        List<Writing.Seen> seen = List.of(0.06, 0.25, 1.0).stream()
                .map(t -> new Writing.Seen(t, Math.min(most, t * mibPerSecond * 1048576)))
                .toList();
        return new Load(1024 * MIB, 700 * MIB, Writing.of(seen, workingSetMiB * 1048576L), 0);
    }

    private static Speeds speeds(int mibPerSecond) {
        return new Speeds(mibPerSecond * 1048576.0, mibPerSecond * 1048576.0, 5_000, 20, 10, 5, true);
    }

    @Provide
    static Arbitrary<MigrationGoal> goals() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 2000),
                        Arbitraries.integers().between(1, 600),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 2000).injectNull(0.5))
                .as(MigrationGoal::new);
    }

    @Provide
    static Arbitrary<Load> loads() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 8192),
                        Arbitraries.doubles().between(0, 1),
                        Arbitraries.integers().between(1, 1024),
                        Arbitraries.integers().between(1, 500),
                        Arbitraries.longs().between(0, 4L << 30))
                .as((mib, full, workingSet, rate, disks) -> new Load(
                        mib * MIB,
                        (long) (mib * MIB * full),
                        hot(workingSet, rate).writing(),
                        disks));
    }

    @Provide
    static Arbitrary<Load> quiet() {
        return Combinators.combine(
                        Arbitraries.longs().between(64, 8192),
                        Arbitraries.doubles().between(0, 1))
                .as((mib, full) -> new Load(mib * MIB, (long) (mib * MIB * full), Writing.NONE, 0));
    }

    @Provide
    static Arbitrary<Speeds> speeds() {
        return Combinators.combine(
                        Arbitraries.integers().between(20, 3000),
                        Arbitraries.integers().between(20, 3000),
                        Arbitraries.doubles().between(0, 100),
                        Arbitraries.of(true, false))
                .as((memory, disks, around, measured) -> new Speeds(
                        memory * 1048576.0, disks * 1048576.0, 3_000, around, around, around / 10, measured));
    }
}
