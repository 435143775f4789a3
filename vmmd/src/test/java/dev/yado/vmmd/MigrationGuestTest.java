package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guest that counts is moved between two daemons. It writes to no disk, so each host has its own clone of the same one. */
@Tag("guest")
class MigrationGuestTest {
    /** Slow enough that something can be done meanwhile. */
    private static final MigrationGoal SLOW = new MigrationGoal(100, 300, true, false, 1);

    private static TestingHost a;
    private static TestingHost b;

    @BeforeAll
    static void startHosts() throws IOException {
        a = TestingHost.start();
        b = a.second();
    }

    @AfterAll
    static void endHosts() throws IOException {
        b.close();
        a.close();
    }

    @Test
    void guestGoesOnWhereItWasAndComesBack() throws IOException {
        VmSpec spec = Counting.start(a);
        Counting counting = Counting.of(spec);
        TestingMove there = new TestingMove(a, b, spec);
        there.depart(there.awaitReady(), MigrationGoal.DEFAULT);
        assertThat(there.awaitDeparture(Phase.HANDED_OVER).result()).isNotNull();
        VmReport arrived = b.awaitState(spec.id(), ObservedState.RUNNING);
        assertThat(arrived.runEpoch()).isEqualTo(2);
        assertThat(a.get(spec.id()).state()).isEqualTo(ObservedState.DEPARTED);
        await("its process here is gone").until(() -> a.guests(spec.id()).isEmpty());
        counting.left(a);
        counting.goesOnAt(b);
        assertThat(there.release().state()).isEqualTo(ObservedState.ABSENT);
        assertThat(a.vmDirectory(spec.id())).doesNotExist();

        TestingMove back = new TestingMove(b, a, there.spec);
        back.depart(back.awaitReady(), MigrationGoal.DEFAULT);
        back.awaitDeparture(Phase.HANDED_OVER);
        counting.left(b);
        counting.goesOnAt(a);
        back.release();
        assertThat(b.vmDirectory(spec.id())).doesNotExist();
        a.delete(back.spec);
    }

    @Test
    void pausedGuestStaysPausedAndIsResumedThere() throws IOException {
        VmSpec spec = TestingHost.paused(Counting.start(a));
        Counting counting = Counting.of(spec);
        a.put(spec);
        a.awaitState(spec.id(), ObservedState.PAUSED);
        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), MigrationGoal.DEFAULT);
        move.awaitDeparture(Phase.HANDED_OVER);
        counting.left(a);
        b.awaitState(spec.id(), ObservedState.PAUSED);
        assertThat(counting.on(b)).isEmpty();
        VmSpec resumed = TestingHost.next(move.spec, DesiredState.RUNNING, StopPolicy.HARD, move.spec.runEpoch());
        b.put(TestingMove.with(resumed, move.spec.model()));
        counting.goesOnAt(b);
        move.release();
        b.delete(resumed);
    }

    @Test
    void guestIsHeldWhileTheAnswerToGoIsLostAndRunsOnlyThere() throws Exception {
        VmSpec spec = Counting.start(a);
        Counting counting = Counting.of(spec);
        try (TestingRelay relay = new TestingRelay(b.address())) {
            TestingMove move = new TestingMove(a, b, spec).through(relay.url());
            ArrivalAnswer ready = move.awaitReady();
            move.depart(ready, SLOW);
            move.awaitCopying();
            relay.loseAnswers();
            move.awaitArrival(ArrivalAnswer.Phase.ARRIVED);
            move.awaitDeparture(Phase.IN_DOUBT);
            String said = counting.on(a);
            assertThat(a.get(spec.id()).state()).isEqualTo(ObservedState.DEPARTED);
            assertThat(move.cancel().phase()).isEqualTo(Phase.IN_DOUBT);
            a.killDaemon();
            a.startDaemon();
            move.awaitDeparture(Phase.IN_DOUBT);
            relay.mend();
            move.awaitDeparture(Phase.HANDED_OVER);
            assertThat(counting.on(a)).as("nothing was run here since").isEqualTo(said);
            counting.left(a);
            counting.goesOnAt(b);
            move.release();
            b.delete(move.spec);
        }
    }

    @Test
    void guestGoesOnHereWhenTheControllerSaysThatGoWasNeverHeard() throws IOException {
        VmSpec spec = Counting.start(a);
        Counting counting = Counting.of(spec);
        try (TestingRelay relay = new TestingRelay(b.address())) {
            TestingMove move = new TestingMove(a, b, spec).through(relay.url());
            ArrivalAnswer ready = move.awaitReady();
            move.depart(ready, SLOW);
            move.awaitCopying();
            relay.cut();
            move.awaitDeparture(Phase.IN_DOUBT);
            assertThat(move.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
            VmSpec back = move.back();
            a.put(back);
            move.awaitDeparture(Phase.STAYED);
            assertThat(a.awaitState(spec.id(), ObservedState.RUNNING).runEpoch())
                    .isEqualTo(back.runEpoch());
            counting.goesOnAt(a);
            assertThat(b.guests(spec.id())).isEmpty();
            a.delete(back);
        }
    }

    @Test
    void abortedMigrationStaysAborted() throws IOException {
        VmSpec spec = Counting.start(a);
        TestingMove move = new TestingMove(a, b, spec);
        ArrivalAnswer ready = move.awaitReady();
        assertThat(move.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        await("nothing is left of it there")
                .until(() -> b.guests(spec.id()).isEmpty()
                        && !b.vmDirectory(spec.id()).toFile().exists());
        b.killDaemon();
        b.startDaemon();
        assertThat(move.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        assertThat(move.tryArrival(TestingMove.certificates(a)).statusCode()).isEqualTo(409);
        move.through(b.address()).depart(ready, MigrationGoal.DEFAULT);
        move.awaitDeparture(Phase.STAYED);
        TestingMove never = new TestingMove(a, b, spec);
        assertThat(never.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        assertThat(never.tryArrival(TestingMove.certificates(a)).statusCode()).isEqualTo(409);
        a.delete(spec);
    }

    @Test
    void destinationThatIsNotToldInTimeAbortsByItself() throws IOException {
        VmSpec spec = Counting.start(a);
        TestingMove move = new TestingMove(a, b, spec).givingUpAfter(Duration.ofSeconds(2));
        move.putArrival();
        ArrivalAnswer answer = move.awaitArrival(ArrivalAnswer.Phase.ABORTED);
        assertThat(answer.cause()).extracting(Cause::code).isEqualTo(Cause.Code.MIGRATION_GAVE_UP);
        await("nothing is left of it there").until(() -> b.guests(spec.id()).isEmpty());
        a.delete(spec);
    }

    /** Kill -9 of either daemon, at moments all over the move. */
    @Test
    void exactlyOneOfThemHasItWheneverADaemonDies() throws IOException {
        for (int millis = 0; millis <= 900; millis += 100) {
            dies(a, millis);
            dies(b, millis + 50);
        }
    }

    private static void dies(TestingHost victim, int millis) throws IOException {
        VmSpec spec = Counting.start(a);
        Counting counting = Counting.of(spec);
        TestingMove move = new TestingMove(a, b, spec);
        move.depart(move.awaitReady(), SLOW);
        // The moment is what is varied: there is no condition to wait for.
        LockSupport.parkNanos(millis * 1_000_000L);
        victim.killDaemon();
        victim.startDaemon();
        ArrivalAnswer decided = move.settle();
        if (decided.phase() == ArrivalAnswer.Phase.ARRIVED) {
            b.awaitState(spec.id(), ObservedState.RUNNING);
            if (victim == a) {
                move.awaitDeparture(Phase.HANDED_OVER);
            }
            counting.left(a);
            counting.goesOnAt(b);
            move.release();
            b.delete(move.spec);
        } else {
            VmSpec back = move.back();
            a.put(back);
            a.awaitState(spec.id(), ObservedState.RUNNING);
            counting.goesOnAt(a);
            assertThat(b.guests(spec.id())).isEmpty();
            a.delete(back);
        }
        await("no process is left")
                .until(() ->
                        a.guests(spec.id()).isEmpty() && b.guests(spec.id()).isEmpty());
    }
}
