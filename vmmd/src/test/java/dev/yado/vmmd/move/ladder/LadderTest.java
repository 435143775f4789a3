package dev.yado.vmmd.move.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.move.ladder.Rehearsal.End;
import dev.yado.vmmd.move.ladder.Rehearsal.Guest;
import dev.yado.vmmd.qmp.MigrationCapability;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever QEMU says, and with QEMU as it is. */
class LadderTest {
    private static final Abilities ALL = new Abilities(true, true, true, true, 1);
    private static final long MIB = 256;

    /** @param gap milliseconds since the last one */
    record Said(MigrationStatistics what, int gap) {}

    /** All that a ladder ever said, and when. */
    record Answer(Decision decision, Duration at, MigrationStatistics to) {}

    @Property(tries = 300)
    void givesUpAtTheDeadlineWhateverIsSaid(@ForAll("goals") MigrationGoal goal, @ForAll("talk") List<Said> talk) {
        for (Answer answer : answers(goal, ALL, talk)) {
            boolean late = answer.at().toSeconds() >= goal.deadlineSeconds();
            Status status = answer.to().status();
            boolean canBeBrokenOff = !status.over() && !status.following() && status != Status.CANCELLING;
            if (late && canBeBrokenOff) {
                assertThat(answer.decision()).isInstanceOf(Decision.GiveUp.class);
            }
        }
    }

    @Property(tries = 300)
    void neverDoesWhatIsForbiddenOrCannotBe(
            @ForAll("goals") MigrationGoal goal, @ForAll("abilities") Abilities both, @ForAll("talk") List<Said> talk) {
        Opening opening = ladder(goal, both).opening(Duration.ZERO);
        boolean mayThrottle = goal.mayThrottle() && both.throttle();
        boolean mayFollow = goal.mayPostCopy() && both.postCopy();
        assertThat(opening.on().contains(MigrationCapability.AUTO_CONVERGE)).isEqualTo(mayThrottle);
        assertThat(opening.on().contains(MigrationCapability.POSTCOPY_RAM)).isEqualTo(mayFollow);
        for (Answer answer : answers(goal, both, talk)) {
            switch (answer.decision()) {
                case Decision.Adjust(var values, var rung) -> {
                    assertThat(rung.kind() == Rung.Kind.THROTTLE && !mayThrottle)
                            .isFalse();
                    assertThat(values.containsKey(MigrationParameter.MAX_CPU_THROTTLE) && !mayThrottle)
                            .isFalse();
                    assertThat(values.containsKey(MigrationParameter.XBZRLE_CACHE_SIZE)
                                    && !opening.on().contains(MigrationCapability.XBZRLE))
                            .isFalse();
                }
                case Decision.StartPostCopy _ -> assertThat(mayFollow).isTrue();
                case Decision.Keep _, Decision.GiveUp _, Decision.RecoverPostCopy _ -> {}
            }
        }
    }

    @Property(tries = 300)
    void holdsTheGuestNeverLongerThanTheGoalAndOnlyEverLonger(
            @ForAll("goals") MigrationGoal goal, @ForAll("talk") List<Said> talk) {
        long limit = ladder(goal, ALL)
                .opening(Duration.ZERO)
                .parameters()
                .getOrDefault(MigrationParameter.DOWNTIME_LIMIT, 0L);
        long throttle = 1;
        for (Answer answer : answers(goal, ALL, talk)) {
            if (answer.decision() instanceof Decision.Adjust adjust) {
                var values = adjust.parameters();
                long nextLimit = values.getOrDefault(MigrationParameter.DOWNTIME_LIMIT, limit);
                long nextThrottle = values.getOrDefault(MigrationParameter.MAX_CPU_THROTTLE, throttle);
                assertThat(nextLimit).isBetween(limit, (long) goal.maxDowntimeMs());
                assertThat(nextThrottle).isBetween(throttle, 99L);
                // QEMU lets a processor run for 10 ms, then holds it so that the percentage is met.
                assertThat(10.0 * nextThrottle / (100 - nextThrottle))
                        .isLessThanOrEqualTo(Math.max(0.2, goal.maxDowntimeMs()));
                limit = nextLimit;
                throttle = nextThrottle;
            }
        }
        assertThat(limit).isPositive();
    }

    @Property(tries = 300)
    void startsPostCopyOnceAndAdjustsNothingAfter(@ForAll("talk") List<Said> talk) {
        List<Answer> answers = answers(MigrationGoal.DEFAULT, ALL, talk);
        int at = -1;
        for (int i = 0; i < answers.size(); i++) {
            Decision decision = answers.get(i).decision();
            if (at >= 0) {
                assertThat(decision).isNotInstanceOfAny(Decision.StartPostCopy.class, Decision.Adjust.class);
            } else if (decision instanceof Decision.StartPostCopy) {
                at = i;
            }
        }
    }

    @Property(tries = 300)
    void neverGivesUpAGuestThatRunsAtTheDestination(
            @ForAll("goals") MigrationGoal goal, @ForAll("talk") List<Said> talk) {
        assertThat(answers(goal, ALL, talk))
                .filteredOn(answer -> answer.to().status().following())
                .allSatisfy(answer -> assertThat(answer.decision())
                        .isInstanceOfAny(Decision.Keep.class, Decision.RecoverPostCopy.class));
    }

    @Property(tries = 200)
    void endsHotGuestsWithinAMinuteOnAnyLinkThatCarriesThem(
            @ForAll("workingSets") int workingSet, @ForAll("rates") int rate, @ForAll("links") int link) {
        End end = migrate(guest(1024, 700, workingSet, rate, link), MigrationGoal.DEFAULT, ALL);
        assertThat(end.status()).as("%s", end).isEqualTo(Status.COMPLETED);
        assertThat(end.at()).as("%s", end).isLessThan(Duration.ofSeconds(60));
        assertThat(end.downtimeMs()).as("%s", end).isLessThan(110);
    }

    @Property(tries = 200)
    void endsHotGuestsByThrottlingAlone(
            @ForAll("workingSets") int workingSet, @ForAll("rates") int rate, @ForAll("links") int link) {
        MigrationGoal goal = new MigrationGoal(100, 300, true, false, null);
        End end = migrate(guest(1024, 700, workingSet, rate, link), goal, ALL);
        assertThat(end.status()).as("%s", end).isEqualTo(Status.COMPLETED);
        assertThat(end.downtimeMs()).as("%s", end).isLessThan(110);
    }

    @Property(tries = 200)
    void quietGuestsNeedNothingButTheLink(@ForAll("links") int link) {
        End end = migrate(guest(1024, 100, 2, 50, link), MigrationGoal.DEFAULT, ALL);
        assertThat(end.status()).isEqualTo(Status.COMPLETED);
        assertThat(end.kinds()).as("%s", end).containsExactly(Rung.Kind.BANDWIDTH);
        assertThat(end.downtimeMs()).isLessThan(11);
        // The zeroes take 50 ms, and the switch-over comes with the look at the rate after that.
        assertThat(end.at()).isLessThan(Duration.ofMillis(100_000 / link + 350));
    }

    @Example
    void givesUpAGuestThatIsHotterThanTheLinkWhenNothingElseIsAllowed() {
        MigrationGoal goal = new MigrationGoal(100, 40, false, false, null);
        End end = migrate(guest(1024, 700, 512, 60_000, 100), goal, ALL);
        assertThat(end.status()).isEqualTo(Status.CANCELLED);
        assertThat(end.at()).isEqualTo(Duration.ofSeconds(40));
        assertThat(end.throttle()).isZero();
        assertThat(end.rungs().getLast().why()).contains("40 s").contains("MiB/s");
    }

    @Example
    void followsAfterTheGuestBeforeTheDeadlineWhenTheFirstRoundAloneTakesTooLong() {
        MigrationGoal goal = new MigrationGoal(100, 30, true, true, null);
        End end = migrate(guest(8192, 8000, 16, 100, 100), goal, ALL);
        assertThat(end.followed()).isTrue();
        assertThat(end.rungs().getLast().at()).isBefore(Instant.EPOCH.plusSeconds(30));
    }

    @Example
    void triesThrottlingBeforePostCopy() {
        End end = migrate(guest(1024, 700, 512, 60_000, 100), MigrationGoal.DEFAULT, ALL);
        assertThat(end.kinds()).contains(Rung.Kind.THROTTLE);
        assertThat(end.kinds().indexOf(Rung.Kind.THROTTLE))
                .isLessThan(
                        end.kinds().contains(Rung.Kind.POST_COPY) ? end.kinds().indexOf(Rung.Kind.POST_COPY) : 99);
    }

    @Example
    void breaksOffASwitchOverThatHoldsTheGuestForSeconds() {
        Ladder ladder = ladder(MigrationGoal.DEFAULT, ALL);
        MigrationStatistics held = Rehearsal.statistics(Status.DEVICE, 0, 1, 0, 0, 3, 0);
        assertThat(ladder.next(held, Duration.ofSeconds(10))).isInstanceOf(Decision.Keep.class);
        assertThat(ladder.next(held, Duration.ofSeconds(12))).isInstanceOf(Decision.Keep.class);
        assertThat(ladder.next(held, Duration.ofMillis(13_001))).isInstanceOf(Decision.GiveUp.class);
    }

    @Example
    void takesBackWhatAChangedGoalForbids() {
        Ladder ladder = ladder(new MigrationGoal(100, 300, true, false, null), ALL);
        List<Rung.Kind> kinds = new ArrayList<>();
        MigrationGoal gentle = new MigrationGoal(4, 300, false, false, null);
        for (int i = 1; i <= 200; i++) {
            if (i == 150) {
                ladder.goal(gentle);
            }
            // Every second a round finds 512 MiB again, over a link of 200 MiB/s.
            MigrationStatistics stuck = Rehearsal.statistics(
                    Status.ACTIVE,
                    (512 - 20 * (i % 10)) * 1_048_576L,
                    i * 20 * MIB,
                    0,
                    60_000,
                    1 + i / 10,
                    i < 90 ? 0 : 40);
            if (ladder.next(stuck, Duration.ofMillis(100L * i)) instanceof Decision.Adjust(var values, var rung)
                    && i >= 150) {
                kinds.add(rung.kind());
                assertThat(values.getOrDefault(MigrationParameter.DOWNTIME_LIMIT, 4L))
                        .isLessThanOrEqualTo(4);
                assertThat(values.getOrDefault(MigrationParameter.MAX_CPU_THROTTLE, 1L))
                        .isEqualTo(1);
            }
        }
        assertThat(kinds).contains(Rung.Kind.DOWNTIME_LIMIT, Rung.Kind.THROTTLE);
    }

    private static Guest guest(int mib, int full, int workingSet, int rate, int linkMiB) {
        return new Guest(
                mib * MIB,
                Math.max(full, workingSet) * MIB,
                writing(workingSet, rate),
                linkMiB * 1048576.0,
                Rehearsal.ZERO_PAGES_PER_MS,
                Duration.ofMillis(2),
                2);
    }

    /** Of a guest that writes to each page of its working set as often as to any other. */
    private static Writing writing(int workingSetMiB, int pagesPerSecond) {
        double bytes = workingSetMiB * 1048576.0;
        List<Writing.Seen> seen = DoubleStream.of(0.01, 0.03, 0.1, 0.3, 1, 3, 10)
                .mapToObj(seconds ->
                        new Writing.Seen(seconds, bytes * -Math.expm1(-seconds * pagesPerSecond * 4096.0 / bytes)))
                .toList();
        return Writing.of(seen, workingSetMiB * 1048576L);
    }

    private static End migrate(Guest guest, MigrationGoal goal, Abilities both) {
        return Rehearsal.migrate(
                guest, ladder(goal, both), new Rehearsal.Pace(Duration.ZERO, 1, 50, Duration.ofSeconds(600)));
    }

    private static Ladder ladder(MigrationGoal goal, Abilities both) {
        return new Ladder(goal, both, 1L << 30, Instant.EPOCH);
    }

    private static List<Answer> answers(MigrationGoal goal, Abilities both, List<Said> talk) {
        Ladder ladder = ladder(goal, both);
        ladder.opening(Duration.ZERO);
        List<Answer> answers = new ArrayList<>();
        long ms = 0;
        for (Said said : talk) {
            ms += said.gap();
            Duration at = Duration.ofMillis(ms);
            answers.add(new Answer(ladder.next(said.what(), at), at, said.what()));
        }
        return answers;
    }

    @Provide
    static Arbitrary<MigrationGoal> goals() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 2000),
                        Arbitraries.integers().between(1, 90),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 5000).injectNull(0.5))
                .as(MigrationGoal::new);
    }

    @Provide
    static Arbitrary<Abilities> abilities() {
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 4))
                .as((xbzrle, throttle, postCopy, streams) ->
                        new Abilities(xbzrle, throttle, postCopy, postCopy, streams));
    }

    /** Mostly of a migration that goes on, but in no order and with no sense. */
    @Provide
    static Arbitrary<List<Said>> talk() {
        Arbitrary<Status> statuses = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(12, Arbitraries.just(Status.ACTIVE)),
                net.jqwik.api.Tuple.of(1, Arbitraries.of(Status.class)));
        Arbitrary<MigrationStatistics> statistics = Combinators.combine(
                        statuses,
                        Arbitraries.longs().between(0, 1L << 30),
                        Arbitraries.longs().between(0, 1L << 20),
                        Arbitraries.longs().between(0, 1L << 20),
                        Arbitraries.longs().between(0, 100_000),
                        Arbitraries.longs().between(0, 400),
                        Arbitraries.integers().between(0, 99))
                .as(Rehearsal::statistics);
        return Combinators.combine(statistics, Arbitraries.integers().between(0, 1500))
                .as(Said::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(150);
    }

    @Provide
    static Arbitrary<Integer> workingSets() {
        return Arbitraries.of(16, 32, 64, 128, 256, 512);
    }

    @Provide
    static Arbitrary<Integer> rates() {
        return Arbitraries.of(1_000, 5_000, 15_000, 30_000, 60_000);
    }

    /** In MiB/s. */
    @Provide
    static Arbitrary<Integer> links() {
        return Arbitraries.of(80, 117, 200, 400, 1000);
    }
}
