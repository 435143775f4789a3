package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.small;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.maintenance.Drain;
import dev.yado.maintenance.Drain.WhenBlocked;
import dev.yado.maintenance.Maintenances;
import dev.yado.maintenance.Rollouts;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hosts are emptied, and every guest goes on, once, on the host that the rows name. */
@Timeout(120)
class DrainHostTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();
    private final List<VmId> guests = new ArrayList<>();

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void aHostWithEightGuestsIsEmptiedAndGivenNoneUntilItIsInServiceAgain() {
        SimulatedHost leaving = hostWith(8);
        joined(leaving, cloud.host(16, 16_384), cloud.host(16, 16_384));

        OperationView drained = end(controller, drain(leaving, Drain.DEFAULT));

        assertThat(drained.status()).as("%s", drained).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(leaving)).isEmpty();
        assertThat(state(leaving)).isEqualTo("DRAINED");
        allRunOnce();
        VmId next = cloud.running(controller);
        assertThat(placedOn(leaving)).doesNotContain(next);

        maintenances().end(cloud.administrator(), leaving.id());
        assertThat(count("SELECT count(*) FROM maintenance")).isZero();
    }

    @Test
    void isRefusedForAGuestThatFitsNowhereElseAndSaysWhy() {
        SimulatedHost leaving = hostWith(8);
        joined(leaving, cloud.host(16, 16_384));
        VmId pinned = guests.get(3);
        cloud.jdbc().update("UPDATE vm SET cpu_model = 'Special-v1', name = 'pinned' WHERE id = ?", pinned.value());

        assertThatThrownBy(() -> drain(leaving, Drain.DEFAULT))
                .isInstanceOf(YadoException.class)
                .hasMessageContaining("pinned")
                .hasMessageContaining("Special-v1")
                .extracting(refused -> ((YadoException) refused).code())
                .isEqualTo(ErrorCode.MIGRATION_BLOCKED);

        assertThat(count("SELECT count(*) FROM maintenance")).isZero();
        assertThat(placedOn(leaving)).hasSize(8);
    }

    @Test
    void aGuestThatIsPinnedToTheHostIsNamedWithThatReasonAloneAndCanBeLeft() {
        SimulatedHost leaving = hostWith(8);
        joined(leaving, cloud.host(16, 16_384), cloud.host(16, 16_384));
        VmId pinned = guests.get(3);
        cloud.jdbc()
                .update(
                        "UPDATE vm SET pinned_host = ?, name = 'licensed' WHERE id = ?",
                        leaving.id().value(),
                        pinned.value());

        assertThatThrownBy(() -> drain(leaving, Drain.DEFAULT))
                .hasMessageContaining("licensed")
                .hasMessageContaining("it is pinned to host")
                .hasMessageNotContaining("no host fits")
                .extracting(refused -> ((YadoException) refused).code())
                .isEqualTo(ErrorCode.MIGRATION_BLOCKED);
        assertThat(placedOn(leaving)).hasSize(8);

        OperationView drained = end(
                controller,
                drain(leaving, with(WhenBlocked.REFUSE, Duration.ofHours(1), Map.of(pinned, Drain.Decision.LEAVE))));

        assertThat(drained.status()).as("%s", drained).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(leaving)).containsExactly(pinned);
        allRunOnce();
    }

    @Test
    void whatIsDecidedBeforehandIsStoppedOrLeft() {
        SimulatedHost leaving = hostWith(3);
        joined(leaving, cloud.host(16, 16_384));

        OperationView drained = end(
                controller,
                drain(
                        leaving,
                        with(
                                WhenBlocked.REFUSE,
                                Duration.ofHours(1),
                                Map.of(guests.get(0), Drain.Decision.STOP, guests.get(1), Drain.Decision.LEAVE))));

        assertThat(drained.status()).as("%s", drained).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(leaving)).containsExactlyInAnyOrder(guests.get(0), guests.get(1));
        assertThat(leaving.stateOf(guests.get(0))).isEqualTo(ObservedState.STOPPED);
        assertThat(leaving.stateOf(guests.get(1))).isEqualTo(ObservedState.RUNNING);
        assertThat(cloud.witness().runsOf(guests.get(2))).isEqualTo(1);
    }

    @Test
    void aGuestThatCannotMoveWaitsForADecisionAndIsNamed() {
        SimulatedHost leaving = hostWith(2);
        joined(leaving, cloud.host(16, 16_384));
        VmId pinned = guests.getFirst();
        cloud.jdbc().update("UPDATE vm SET cpu_model = 'Special-v1', name = 'pinned' WHERE id = ?", pinned.value());

        OperationId drain = drain(leaving, with(WhenBlocked.WAIT, Duration.ofHours(1), Map.of()));
        await().atMost(20, SECONDS)
                .untilAsserted(() -> assertThat(controller
                                .operations()
                                .find(drain)
                                .orElseThrow()
                                .waitReason())
                        .contains("pinned BLOCKED")
                        .contains("1 MOVED"));
        maintenances().decide(cloud.administrator(), leaving.id(), Map.of(pinned, Drain.Decision.LEAVE));

        assertThat(end(controller, drain).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(leaving)).containsExactly(pinned);
        allRunOnce();
    }

    @Test
    void calledOffTheHostIsInServiceAndGuestsThatWereOnTheirWayStay() {
        SimulatedHost leaving = hostWith(2);
        SimulatedHost other = cloud.host(16, 16_384);
        joined(leaving, other);
        other.die();

        OperationId drain = drain(leaving, Drain.DEFAULT);
        await().atMost(20, SECONDS).until(() -> count("SELECT count(*) FROM migration") > 0);
        maintenances().end(cloud.administrator(), leaving.id());
        other.restart();

        assertThat(end(controller, drain).status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(count("SELECT count(*) FROM maintenance")).isZero();
        nothingIsOpen();
        assertThat(placedOn(leaving)).containsExactlyInAnyOrderElementsOf(guests);
        allRunOnce();
    }

    @Test
    void afterItsDeadlineNothingMovesAndThoseStillThereAreNamed() {
        SimulatedHost leaving = hostWith(2);
        SimulatedHost other = cloud.host(16, 16_384);
        joined(leaving, other);
        other.die();

        OperationId drain = drain(leaving, with(WhenBlocked.REFUSE, Duration.ofSeconds(1), Map.of()));
        await().atMost(20, SECONDS)
                .until(() ->
                        count("SELECT count(*) FROM operation WHERE kind = 'MigrateVm' AND cancel_requested_at IS NULL"
                                                + " AND ended_at IS NULL")
                                        == 0
                                && count("SELECT count(*) FROM migration") > 0);
        other.restart();

        OperationView ended = end(controller, drain);
        assertThat(ended.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(Objects.requireNonNull(ended.error()).code()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(state(leaving)).isEqualTo("INCOMPLETE");
        assertThat(placedOn(leaving)).containsExactlyInAnyOrderElementsOf(guests);
        allRunOnce();
    }

    @Test
    void twoHostsAreEmptiedAtOnceAndNeitherFillsTheOther() {
        SimulatedHost one = hostWith(4);
        SimulatedHost two = cloud.host(16, 16_384);
        joined(one, two);
        for (int i = 0; i < 4; i++) {
            guests.add(cloud.running(controller));
        }
        SimulatedHost rest = cloud.host(32, 32_768);
        joined(rest);

        OperationId first = drain(one, with(WhenBlocked.WAIT, Duration.ofHours(1), Map.of()));
        OperationId second = drain(two, with(WhenBlocked.WAIT, Duration.ofHours(1), Map.of()));

        assertThat(endLate(first).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(endLate(second).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(rest)).containsExactlyInAnyOrderElementsOf(guests);
        allRunOnce();
    }

    @Test
    void whereTheDestinationDiesGuestsGoElsewhere() {
        SimulatedHost leaving = hostWith(2);
        SimulatedHost dies = cloud.host(64, 65_536);
        joined(leaving, dies);
        dies.die();
        OperationId drain = drain(leaving, with(WhenBlocked.WAIT, Duration.ofHours(1), Map.of()));
        await().atMost(20, SECONDS).until(() -> count("SELECT count(*) FROM migration") > 0);
        SimulatedHost lives = cloud.host(16, 16_384);
        joined(lives);

        assertThat(endLate(drain).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(lives)).containsExactlyInAnyOrderElementsOf(guests);
        dies.restart();
        nothingIsOpen();
        allRunOnce();
    }

    @Test
    void anotherReplicaGoesOnWhereOneDied() {
        SimulatedHost leaving = hostWith(6);
        joined(leaving, cloud.host(16, 16_384), cloud.host(16, 16_384));
        OperationId drain = drain(leaving, Drain.DEFAULT);
        await().atMost(20, SECONDS).until(() -> count("SELECT count(*) FROM migration") > 0);

        controller.die();
        ControllerReplica other = cloud.replica();

        OperationView ended = end(other, drain);
        assertThat(ended.status()).as("%s", ended).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(placedOn(leaving)).isEmpty();
        allRunOnce();
    }

    @Test
    void hostsAreUpgradedOneAfterTheOther() {
        SimulatedHost one = hostWith(2);
        SimulatedHost two = cloud.host(16, 16_384);
        joined(one, two);

        OperationId upgrade = controller
                .part(Rollouts.class)
                .begin(cloud.administrator(), List.of(one.id(), two.id()), null, Drain.DEFAULT);
        for (SimulatedHost host : List.of(one, two)) {
            await().atMost(30, SECONDS)
                    .until(() -> count("SELECT count(*) FROM rollout_host WHERE state = 'UPGRADING' AND host_id = '"
                                    + host.id() + "'")
                            == 1);
            assertThat(placedOn(host)).isEmpty();
            assertThat(count("SELECT count(*) FROM maintenance")).isEqualTo(1);
            host.restart();
        }

        assertThat(end(controller, upgrade).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(count("SELECT count(*) FROM maintenance")).isZero();
        allRunOnce();
    }

    private Maintenances maintenances() {
        return controller.part(Maintenances.class);
    }

    private OperationId drain(SimulatedHost host, Drain how) {
        return maintenances().begin(cloud.administrator(), host.id(), how);
    }

    private static Drain with(WhenBlocked blocked, Duration deadline, Map<VmId, Drain.Decision> decisions) {
        return new Drain(deadline, blocked, true, decisions, MigrationGoal.DEFAULT);
    }

    /** A host that is the only one when these guests begin to run. */
    private SimulatedHost hostWith(int count) {
        SimulatedHost host = cloud.host(16, 16_384);
        List<OperationId> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            begun.add(controller.vms().create(cloud.caller(), small()));
        }
        begun.forEach(each -> guests.add(new VmId(end(controller, each).targetId())));
        return host;
    }

    private void joined(SimulatedHost... hosts) {
        for (SimulatedHost host : hosts) {
            cloud.joined(host);
        }
    }

    private OperationView endLate(OperationId id) {
        await().atMost(60, SECONDS)
                .until(() ->
                        controller.operations().find(id).orElseThrow().status().ended());
        return controller.operations().find(id).orElseThrow();
    }

    private void nothingIsOpen() {
        await().atMost(30, SECONDS)
                .until(() -> count("SELECT count(*) FROM operation WHERE ended_at IS NULL") == 0
                        && count("SELECT count(*) FROM claim") == 0);
    }

    private void allRunOnce() {
        assertThat(cloud.witness().offences()).isEmpty();
        guests.forEach(vm -> assertThat(cloud.witness().runsOf(vm)).isEqualTo(1));
        assertThat(cloud.witness().running()).containsAll(guests);
    }

    private List<VmId> placedOn(SimulatedHost host) {
        return cloud.jdbc()
                .query(
                        "SELECT vm_id FROM allocation WHERE host_id = ?",
                        (row, _) -> VmId.of(row.getString("vm_id")),
                        host.id().value());
    }

    private String state(SimulatedHost host) {
        return Objects.requireNonNull(cloud.jdbc()
                .queryForObject(
                        "SELECT state FROM maintenance WHERE host_id = ?",
                        String.class,
                        host.id().value()));
    }

    private long count(String query) {
        return Objects.requireNonNull(cloud.jdbc().queryForObject(query, Long.class));
    }
}
