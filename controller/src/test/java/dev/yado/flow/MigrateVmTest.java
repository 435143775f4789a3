package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.alert.AlertCode;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import dev.yado.simulator.SimulatedHost.Link;
import dev.yado.simulator.SimulatedHost.Moment;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmState;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Moves between simulated hosts: wherever it is broken off, the guest runs once, on the host that the rows name, and nothing is left. */
@Timeout(120)
class MigrateVmTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica replica = cloud.replica();
    private final SimulatedHost first = cloud.host(16, 16_384);
    private final VmId vm = cloud.running(replica);
    private final SimulatedHost second = cloud.joined(cloud.host(16, 16_384));

    @AfterEach
    void close() {
        assertThat(cloud.witness().offences()).isEmpty();
        cloud.close();
    }

    @Test
    void movesARunningGuest() {
        OperationView view = moved();

        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        runsOn(second);
        assertThat(first.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
    }

    @Test
    void movesBackAndForth() {
        for (int round = 0; round < 3; round++) {
            assertThat(moved().status()).isEqualTo(OperationStatus.SUCCEEDED);
            runsOn(second);
            assertThat(end(replica, move(first.id())).status()).isEqualTo(OperationStatus.SUCCEEDED);
            runsOn(first);
        }
    }

    @Test
    void movesThatEndedLongAgoAreForgottenAndOthersAreNot() {
        Migrations known = replica.part(Migrations.class);
        moved();
        end(replica, move(first.id()));
        cloud.jdbc()
                .update(
                        "UPDATE migration SET ended_at = now() - interval '401 days' WHERE to_host = ?",
                        second.id().value());

        assertThat(known.prune()).isEqualTo(1);

        assertThat(known.newest(vm).orElseThrow().to()).isEqualTo(first.id());
        assertThat(known.prune()).isZero();
    }

    @Test
    void movesAPausedGuestWithoutLettingItRun() {
        end(replica, replica.vms().pause(cloud.caller(), vm));

        assertThat(moved().status()).isEqualTo(OperationStatus.SUCCEEDED);

        is(VmState.PAUSED, second);
        end(replica, replica.vms().resume(cloud.caller(), vm));
        runsOn(second);
    }

    @Test
    void movesAStoppedVmWhichThenStartsAtItsNewHost() {
        end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));

        assertThat(moved().status()).isEqualTo(OperationStatus.SUCCEEDED);

        is(VmState.STOPPED, second);
        assertThat(end(replica, replica.vms().start(cloud.caller(), vm)).status())
                .isEqualTo(OperationStatus.SUCCEEDED);
        is(VmState.RUNNING, second);
    }

    @Test
    void givesTheDestinationTheNetworksOfItsCardsBefore() {
        OperationView made =
                end(replica, replica.vms().create(cloud.caller(), networked(cloud.network(replica, "10.0.0.0/24"))));
        VmId withCard = new VmId(made.targetId());
        SimulatedHost from = hostOf(withCard);
        SimulatedHost to = from == first ? second : first;

        OperationView view =
                end(replica, moves().move(cloud.administrator(), withCard, to.id(), MigrationGoal.DEFAULT));

        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(to.stateOf(withCard)).isEqualTo(ObservedState.RUNNING);
        assertThat(hostOf(withCard)).isSameAs(to);
    }

    @Test
    void namesAllThatIsInTheWayAndTouchesNothing() {
        SimulatedHost small =
                cloud.host(HostPlan.of("small", 16, 600, Accelerator.TCG).withMigration(null));
        cloud.joined(small);
        end(replica, replica.vms().pause(cloud.caller(), vm));
        first.guestEnds(vm, ObservedState.CRASHED, new Cause(Cause.Code.GUEST_PANIC, "it panicked"));
        await().atMost(10, SECONDS).until(() -> stateOf(vm) == VmState.CRASHED);

        assertThatThrownBy(() -> move(small.id())).isInstanceOfSatisfying(YadoException.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.MIGRATION_BLOCKED);
            assertThat(refused)
                    .hasMessageContaining("CRASHED")
                    .hasMessageContaining("takes part in no move")
                    .hasMessageContaining("machine types")
                    .hasMessageContaining("MiB");
        });
        assertThat(nothingIsClaimed()).isTrue();
    }

    @Test
    void isNotMovedToWhereItIs() {
        assertThatThrownBy(() -> move(first.id()))
                .isInstanceOfSatisfying(
                        YadoException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.MIGRATION_BLOCKED))
                .hasMessageContaining("already");
    }

    @Test
    void isMovedOnceAtATime() {
        cloud.joined(second);
        first.holdWork(true);
        OperationId open = move(second.id());
        atStep(open, "transfer");
        SimulatedHost third = cloud.host(16, 16_384);
        cloud.joined(third);

        assertThat(move(null)).isEqualTo(open);
        assertThat(move(second.id())).isEqualTo(open);
        assertThatThrownBy(() -> move(third.id()))
                .isInstanceOfSatisfying(
                        YadoException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CONFLICT));
        first.holdWork(false);
        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.SUCCEEDED);
        runsOn(second);
    }

    @Test
    void saysHowFarItIs() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");

        await().atMost(10, SECONDS)
                .untilAsserted(() -> assertThat(replica.vms().get(cloud.caller(), vm))
                        .satisfies(seen -> {
                            assertThat(seen.state()).isEqualTo(VmState.RUNNING);
                            assertThat(seen.stateReason())
                                    .contains("moves to host " + second.id())
                                    .contains("50 % of its memory");
                        }));
        first.holdWork(false);
        end(replica, open);
        runsOn(second);
    }

    @Test
    void goesOnWhereItWasWhenTheSourceGivesUp() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        await().atMost(10, SECONDS).until(() -> last().departure() != null);
        first.failDepartures(new Cause(Cause.Code.MIGRATION_GAVE_UP, "it writes faster than it can be copied"));
        first.holdWork(false);

        OperationView view = end(replica, open);

        assertThat(view.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(view.error()).isNotNull().satisfies(error -> {
            assertThat(error.code()).isEqualTo("MIGRATION_GAVE_UP");
            assertThat(error.detail()).contains("writes faster");
        });
        runsOn(first);
        assertThat(last().reason()).contains("writes faster");
    }

    @Test
    void goesOnWhereItWasWhenItIsCancelled() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");

        replica.operations().cancel(open, "tester");

        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.CANCELLED);
        first.holdWork(false);
        runsOn(first);
    }

    @Test
    void aStopMidWayStopsItWhereItIs() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        first.holdWork(false);

        OperationView stopped = end(replica, replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD));

        assertThat(stopped.status()).as("%s", stopped).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(end(replica, open).status()).isIn(OperationStatus.CANCELLED, OperationStatus.SUCCEEDED);
        settles(() -> cloud.witness().running().isEmpty());
        assertThat(stateOf(vm)).isEqualTo(VmState.STOPPED);
        settles(this::nothingIsClaimed);
    }

    @Test
    void aDeleteMidWayLeavesNothingOnEitherHost() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        first.holdWork(false);

        OperationView deleted = end(replica, replica.vms().delete(cloud.caller(), vm));

        assertThat(deleted.status()).as("%s", deleted).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(cloud.rowsOf(vm)).isZero();
        assertThat(first.held()).isEmpty();
        assertThat(second.held()).isEmpty();
        assertThat(cloud.witness().running()).isEmpty();
    }

    @Test
    void aGuestThatPowersItselfOffMidWayStaysStoppedWhereItWas() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        await().atMost(10, SECONDS).until(() -> last().departure() != null);
        first.guestEnds(vm, ObservedState.STOPPED, new Cause(Cause.Code.GUEST_SHUTDOWN, "it powered itself off"));
        first.holdWork(false);

        OperationView view = end(replica, open);

        assertThat(view.status()).isEqualTo(OperationStatus.FAILED);
        is(VmState.STOPPED, first);
        assertThat(cloud.witness().runsOf(vm)).isEqualTo(1);
    }

    @Test
    void aStartAfterABrokenOffMoveHasAPermissionThatNoHostWasGiven() {
        aStopMidWayStopsItWhereItIs();

        assertThat(end(replica, replica.vms().start(cloud.caller(), vm)).status())
                .isEqualTo(OperationStatus.SUCCEEDED);

        assertThat(cloud.witness().running()).containsExactly(vm);
        assertThat(cloud.jdbc()
                        .queryForObject(
                                "SELECT run_epoch > given_epoch FROM vm WHERE id = ?", Boolean.class, vm.value()))
                .isTrue();
    }

    @Test
    void goesOnWhereItWasWhenTheDestinationIsGoneBeforeItIsReady() {
        second.holdWork(true);
        OperationId open = begun();
        atStep(open, "prepare");
        second.crash();

        OperationView view = end(replica, open);

        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.FAILED);
        settles(() -> cloud.witness().running().contains(vm));
        assertThat(hostOf(vm)).isSameAs(first);
        // What it may hold is claimed until it says that it holds nothing.
        assertThat(nothingIsClaimed()).isFalse();
        second.holdWork(false);
        second.boot();
        runsOn(first);
    }

    @Test
    void anotherMoveDoesNotWaitForALostHost() {
        goesOnUntilTheDestinationIsLost();
        SimulatedHost third = cloud.host(16, 16_384);
        cloud.joined(third);

        OperationView view = end(replica, move(null));

        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(hostOf(vm)).isSameAs(third);
        assertThat(cloud.witness().running()).containsExactly(vm);
        second.holdWork(false);
        second.boot();
        settles(this::nothingIsClaimed);
    }

    private void goesOnUntilTheDestinationIsLost() {
        second.holdWork(true);
        OperationId open = begun();
        atStep(open, "prepare");
        second.crash();
        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.FAILED);
    }

    @Test
    void aLostAnswerToGoLeavesOneGuestWhereTheDestinationSays() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        first.dieAt(Moment.SWITCHED, () -> second.link(Link.LOSES_REPLIES));
        first.holdWork(false);
        await().atMost(10, SECONDS).until(() -> !first.isUp());
        first.restart();

        await().atMost(20, SECONDS).until(() -> second.stateOf(vm) == ObservedState.RUNNING);
        second.link(Link.WORKS);

        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.SUCCEEDED);
        runsOn(second);
    }

    @Test
    void isHeldWhileNobodyKnowsWhetherItHasArrivedAndToldSo() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        CountDownLatch arrived = new CountDownLatch(1);
        second.dieAt(Moment.GO_DONE, arrived::countDown);
        first.holdWork(false);

        await().atMost(20, SECONDS).until(() -> arrived.getCount() == 0);
        await().atMost(20, SECONDS).until(() -> waitsFor(open, "MIGRATION_UNDECIDED"));
        await().atMost(20, SECONDS)
                .until(() -> !cloud.jdbc()
                        .queryForList(
                                "SELECT 1 FROM alert WHERE code = ? AND ended_at IS NULL",
                                AlertCode.MIGRATION_UNDECIDED.name())
                        .isEmpty());
        assertThat(cloud.witness().running()).containsExactly(vm);
        second.restart();

        assertThat(end(replica, open).status()).isEqualTo(OperationStatus.SUCCEEDED);
        runsOn(second);
    }

    @Test
    void aDestinationThatHasForgottenAllGivesTheGuestBackToTheSource() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        CountDownLatch asked = new CountDownLatch(1);
        second.dieAt(Moment.GO_ARRIVES, asked::countDown);
        first.holdWork(false);
        await().atMost(20, SECONDS).until(() -> asked.getCount() == 0);

        second.wipe();

        OperationView view = end(replica, open);
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.FAILED);
        runsOn(first);
    }

    @Test
    void aSourceThatDiesWithGoOnItsLipsAsksAgain() {
        for (Moment moment : new Moment[] {Moment.SWITCHED, Moment.GO_SAID}) {
            SimulatedHost from = hostOf(vm);
            SimulatedHost to = from == first ? second : first;
            cloud.joined(to);
            CountDownLatch died = new CountDownLatch(1);
            from.dieAt(moment, died::countDown);

            OperationId open = move(to.id());
            await().atMost(20, SECONDS).until(() -> died.getCount() == 0);
            from.restart();

            OperationView view = end(replica, open);
            assertThat(view.status()).as("%s: %s", moment, view).isEqualTo(OperationStatus.SUCCEEDED);
            runsOn(to);
        }
    }

    @Test
    void aMoveThatWasOvertakenAndLeftIsBroughtToItsEnd() {
        first.holdWork(true);
        OperationId open = begun();
        atStep(open, "transfer");
        // As if the controller had died with the operation, which nobody may go on with.
        cloud.jdbc()
                .update(
                        "UPDATE operation SET status = 'CANCELLED', ended_at = now(), epoch = epoch + 1, lease_owner = NULL,"
                                + " wait_reason = NULL, wait_topic = NULL, waiting_since = NULL, error_code = 'CANCELLED',"
                                + " error_detail = 'overtaken' WHERE id = ?",
                        open.value());

        settles(this::nothingIsClaimed);
        first.holdWork(false);
        runsOn(first);
    }

    private OperationView moved() {
        return end(replica, begun());
    }

    /** To the second host. */
    private OperationId begun() {
        cloud.joined(second);
        return move(second.id());
    }

    private OperationId move(@Nullable HostId to) {
        return moves().move(cloud.administrator(), vm, to, MigrationGoal.DEFAULT);
    }

    private VmMoves moves() {
        return replica.part(VmMoves.class);
    }

    private Migration last() {
        return replica.part(Migrations.class).newest(vm).orElseThrow();
    }

    private void atStep(OperationId operation, String step) {
        await().atMost(15, SECONDS)
                .until(() -> cloud.jdbc()
                        .queryForList("SELECT lower(step) FROM operation WHERE id = ?", String.class, operation.value())
                        .contains(step));
    }

    private boolean waitsFor(OperationId operation, String word) {
        return cloud
                .jdbc()
                .queryForList("SELECT wait_reason FROM operation WHERE id = ?", String.class, operation.value())
                .stream()
                .anyMatch(reason -> reason != null && reason.contains(word));
    }

    private void runsOn(SimulatedHost host) {
        settles(() -> cloud.witness().running().contains(vm));
        is(VmState.RUNNING, host);
        assertThat(cloud.witness().runsOf(vm)).as("runs").isEqualTo(1);
        assertThat(host.stateOf(vm)).isEqualTo(ObservedState.RUNNING);
    }

    private void is(VmState state, SimulatedHost host) {
        settles(() -> stateOf(vm) == state);
        settles(this::nothingIsClaimed);
        assertThat(hostOf(vm).name()).isEqualTo(host.name());
        SimulatedHost other = host == first ? second : first;
        assertThat(other.held()).doesNotContain(vm);
        assertThat(replica.invariants().violations()).isEmpty();
    }

    private static void settles(Callable<Boolean> condition) {
        await().atMost(20, SECONDS).until(condition);
    }

    private boolean nothingIsClaimed() {
        return cloud.jdbc().queryForList("SELECT 1 FROM claim").isEmpty()
                && cloud.jdbc()
                        .queryForList("SELECT 1 FROM migration WHERE state <> 'ENDED'")
                        .isEmpty();
    }

    private SimulatedHost hostOf(VmId which) {
        return cloud.hostOf(replica.vms().get(cloud.caller(), which));
    }

    private VmState stateOf(VmId which) {
        return replica.vms().get(cloud.caller(), which).state();
    }
}
