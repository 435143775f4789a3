package dev.yado.vmmd.vm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Move;
import dev.yado.vmmd.store.Run;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The decision over the whole space of small cases, not over chosen ones. */
class NextStepTest {
    private static final VmId ID = VmId.random();
    private static final TenantId TENANT = TenantId.random();
    private static final CallFence FENCE = new CallFence(OperationId.random(), "test", 1);
    private static final VmShape SHAPE = new VmShape(1, new Mebibytes(1), AcceleratorChoice.TCG, List.of(), null);
    private static final VmShape OTHER_SHAPE = new VmShape(2, new Mebibytes(1), AcceleratorChoice.TCG, List.of(), null);
    private static final Run.Launch LAUNCH = new Run.Launch("boot", Accelerator.TCG, "pc-q35-7.2", false);
    private static final Run.Ended ENDED = new Run.Ended(
            ObservedState.STOPPED,
            new Cause(Cause.Code.GUEST_SHUTDOWN, "The guest powered itself off."),
            Instant.EPOCH);

    private record Case(RequestPolicy.Memory memory, Journal journal, Situation situation) {
        NextStep next() {
            return NextStep.of(memory, journal, situation);
        }

        @Nullable
        VmSpec spec() {
            return memory.spec();
        }
    }

    @Test
    void runThatEndedIsNeverBegunAgainUnderItsEpoch() {
        assertThat(cases())
                .filteredOn(one -> one.next() == NextStep.START)
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.spec())
                        .matches(spec ->
                                spec != null && spec.runEpoch() > one.journal().endedEpoch()));
    }

    @Test
    void nothingIsStartedWhileSomethingIsThere() {
        assertThat(cases())
                .filteredOn(one -> one.next() == NextStep.START || one.next() == NextStep.PREPARE)
                .allSatisfy(one -> assertThat(one.situation())
                        .isInstanceOfAny(Situation.Idle.class, Situation.AwaitingTurn.class));
    }

    @Test
    void nothingIsRemovedUnlessItIsDeletedAndHasNoProcess() {
        assertThat(cases())
                .filteredOn(one -> one.next() == NextStep.REMOVE)
                .isNotEmpty()
                .allSatisfy(one -> {
                    assertThat(one.spec()).isNull();
                    assertThat(one.situation()).isNotInstanceOfAny(Situation.Live.class, Situation.Working.class);
                });
    }

    @Test
    void guestIsStoppedOnlyWhenThatIsWanted() {
        assertThat(cases())
                .filteredOn(one -> one.next() == NextStep.STOP)
                .isNotEmpty()
                .allSatisfy(one ->
                        assertThat(one.spec()).matches(spec -> spec == null || spec.desired() == DesiredState.STOPPED));
    }

    @Test
    void stoppedIsAlwaysReached() {
        assertThat(cases())
                .filteredOn(one -> one.situation() instanceof Situation.Live)
                .filteredOn(one -> one.spec() == null || one.spec().desired() == DesiredState.STOPPED)
                .allSatisfy(one -> assertThat(one.next() == NextStep.STOP || stopsAlready(one))
                        .isTrue());
    }

    @Test
    void whatIsForAnOlderWishIsBrokenOff() {
        assertThat(cases())
                .filteredOn(one -> one.situation() instanceof Situation.Working working
                        && !working.brokenOff()
                        && (one.spec() == null
                                || !one.spec().shape().equals(working.goal().shape())))
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.next()).isEqualTo(NextStep.BREAK_OFF));
    }

    @Test
    void guestThatCannotBeAskedIsNotAsked() {
        assertThat(cases())
                .filteredOn(one -> one.situation() instanceof Situation.Live live && live.deaf())
                .allSatisfy(one -> assertThat(one.next()).isNotIn(NextStep.RESET, NextStep.PAUSE, NextStep.RESUME));
    }

    @Test
    void nothingButTheMoveTouchesAVmThatComesOrGoes() {
        Departure departure = new Departure(
                MigrationId.random(),
                HostId.random(),
                "https://there",
                new ArrivalAnswer.Endpoint("10.0.0.1", 1, null, "there"),
                "",
                null,
                List.of(),
                MigrationGoal.DEFAULT);
        assertThat(cases()).filteredOn(one -> one.spec() != null).allSatisfy(one -> {
            for (boolean gone : List.of(true, false)) {
                Move going = new Move.Departing(departure, 1, 1, Instant.EPOCH, gone, null);
                assertThat(with(one, going).next()).isEqualTo(NextStep.REST);
            }
            Arrival arrival = new Arrival(
                    departure.id(),
                    HostId.random(),
                    requireNonNull(one.spec()),
                    null,
                    "",
                    List.of(),
                    null,
                    Instant.EPOCH);
            for (boolean letRun : List.of(true, false)) {
                Move waiting = new Move.Arriving(arrival, departure.endpoint(), letRun);
                assertThat(with(one, waiting).next()).isEqualTo(NextStep.REST);
            }
            assertThat(with(one, new Move.Arriving(arrival, null, false)).next())
                    .isEqualTo(one.situation() instanceof Situation.Idle ? NextStep.RECEIVE : NextStep.REST);
        });
    }

    private static Case with(Case one, Move move) {
        return new Case(one.memory(), one.journal().withMove(move), one.situation());
    }

    private static boolean stopsAlready(Case one) {
        Run.GracefulStop stop = ((Situation.Live) one.situation()).run().stop();
        return stop != null
                && one.spec() != null
                && stop.generation() == one.spec().generation();
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (RequestPolicy.Memory memory : memories()) {
            for (long ended = 0; ended <= 2; ended++) {
                for (Situation situation : situations()) {
                    for (Run run : List.of(
                            new Run.None(),
                            ENDED,
                            new Run.Failed(2, ENDED.cause(), Instant.EPOCH),
                            new Run.Starting(1, LAUNCH))) {
                        cases.add(new Case(memory, new Journal(ended, 0, null, run, null, null), situation));
                    }
                }
            }
        }
        return cases;
    }

    private static List<RequestPolicy.Memory> memories() {
        List<RequestPolicy.Memory> memories = new ArrayList<>();
        memories.add(new RequestPolicy.Memory(null, 3, FENCE));
        for (DesiredState desired : List.of(DesiredState.RUNNING, DesiredState.PAUSED, DesiredState.STOPPED)) {
            for (long generation = 1; generation <= 3; generation++) {
                for (long epoch = 0; epoch <= 2; epoch++) {
                    for (StopPolicy stop : List.of(StopPolicy.HARD, new StopPolicy(StopPolicy.Mode.GRACEFUL, 5))) {
                        VmSpec spec = spec(generation, epoch, desired, stop, SHAPE);
                        memories.add(new RequestPolicy.Memory(spec, generation, FENCE));
                    }
                }
            }
        }
        return memories;
    }

    private static List<Situation> situations() {
        List<Situation> situations =
                new ArrayList<>(List.of(new Situation.Idle(), new Situation.AwaitingTurn(), new Situation.Ending()));
        for (boolean one : List.of(true, false)) {
            for (boolean two : List.of(true, false)) {
                for (VmShape shape : List.of(SHAPE, OTHER_SHAPE)) {
                    situations.add(
                            new Situation.Working(spec(1, 1, DesiredState.RUNNING, StopPolicy.HARD, shape), one, two));
                }
                for (long epoch = 0; epoch <= 2; epoch++) {
                    for (int stop = 0; stop <= 3; stop++) {
                        Run.Running run = new Run.Running(
                                epoch,
                                LAUNCH,
                                1,
                                0,
                                stop == 0 ? null : new Run.GracefulStop(stop, Instant.EPOCH),
                                Instant.EPOCH);
                        situations.add(new Situation.Live(run, one, true, two));
                        situations.add(new Situation.Live(run, one, false, two));
                    }
                }
            }
        }
        return situations;
    }

    private static VmSpec spec(long generation, long epoch, DesiredState desired, StopPolicy stop, VmShape shape) {
        return new VmSpec(ID, TENANT, "n", generation, epoch, desired, stop, 1, shape, null);
    }
}
