package dev.yado.network;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.simulator.SimulatedHost;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the hosts of a move are told of its VM's cards: what the rows of the move say, whoever writes them. */
@Timeout(60)
class MovingCardsTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica replica = cloud.replica();
    private final SimulatedHost source = cloud.host(4, 4096);
    private final NetworkId network = cloud.network(replica, "10.0.0.0/24");
    private final VmId vm = create();
    private final SimulatedHost destination = cloud.host(4, 4096);

    @AfterEach
    void close() {
        // A claim without a move is what no controller leaves behind.
        cloud.jdbc().update("DELETE FROM claim");
        cloud.close();
    }

    private VmId create() {
        OperationView view = end(replica, replica.vms().create(cloud.caller(), networked(network)));
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        return new VmId(view.targetId());
    }

    /** Of a move that no reconciler looks for. */
    private void claim() {
        await().atMost(15, SECONDS)
                .until(() -> !cloud.jdbc()
                        .queryForList(
                                "SELECT 1 FROM host WHERE id = ? AND network IS NOT NULL",
                                Integer.class,
                                id(destination))
                        .isEmpty());
        UUID migration = UuidV7.next();
        cloud.jdbc()
                .update(
                        """
                        INSERT INTO migration (id, vm_id, operation_id, from_host, to_host, live, generation, run_epoch, goal, state)
                        VALUES (?, ?, ?, ?, ?, true, 2, 2, '{}', 'ENDED')
                        """,
                        migration,
                        vm.value(),
                        UuidV7.next(),
                        source.id().value(),
                        destination.id().value());
        cloud.jdbc()
                .update(
                        "INSERT INTO claim (vm_id, host_id, migration_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, ?, 1, 256, 0)",
                        vm.value(),
                        destination.id().value(),
                        migration);
    }

    private void arrive() {
        cloud.jdbc().update("""
                WITH moved AS (UPDATE allocation SET host_id = ? WHERE vm_id = ? RETURNING vm_id)
                UPDATE claim c SET host_id = ? FROM moved WHERE c.vm_id = moved.vm_id
                """, id(destination), vm.value(), id(source));
    }

    private Ip endpoint(SimulatedHost host) {
        return cloud
                .jdbc()
                .queryForList("SELECT network ->> 'tunnelEndpoint' FROM host WHERE id = ?", String.class, id(host))
                .stream()
                .map(Ip::parse)
                .findFirst()
                .orElseThrow();
    }

    private static UUID id(SimulatedHost host) {
        return host.id().value();
    }

    private static Optional<HostNetwork> carried(SimulatedHost host, NetworkId network) {
        return host.networks().stream()
                .filter(each -> each.id().equals(network))
                .findFirst();
    }

    private void isTold(SimulatedHost host, Port.Place place) {
        await().atMost(15, SECONDS)
                .untilAsserted(() -> assertThat(carried(host, network))
                        .hasValueSatisfying(told -> assertThat(told.ports())
                                .singleElement()
                                .extracting(Port::place)
                                .isEqualTo(place)));
    }

    private HostNetwork at(SimulatedHost host) {
        return carried(host, network).orElseThrow();
    }

    @Test
    void aHostHearsOfACardThatIsToComeWithAllThatItTakesToGuardIt() {
        claim();

        isTold(destination, new Port.Place(true, endpoint(source), true));
        assertThat(at(destination).groups())
                .singleElement()
                .satisfies(group -> assertThat(group.name()).isEqualTo("default"));
        assertThat(at(destination).groupMembers()).hasSize(1);
        isTold(source, new Port.Place(true, null));
        assertThat(replica.networks().detail(cloud.caller(), network).hosts())
                .extracting(NetworkView.Carrier::host)
                .containsExactlyInAnyOrder(source.id(), destination.id());
    }

    @Test
    void theHostThatACardHasLeftSendsOnWhatStillComesAndIsDoneWhenNothingOfItIsLeft() {
        claim();
        isTold(destination, new Port.Place(true, endpoint(source), true));

        arrive();

        isTold(destination, new Port.Place(true, null));
        isTold(source, new Port.Place(false, endpoint(destination), false, true));
        assertThat(at(source).groups()).isEmpty();
        cloud.jdbc().update("DELETE FROM claim WHERE vm_id = ?", vm.value());
        HostNetworks networks = replica.part(HostNetworks.class);
        assertThat(networks.draw(network).orElseThrow().hosts()).containsExactly(destination.id());
    }

    @Test
    void aHostThatACardDoesNotComeToAfterAllForgetsTheNetwork() {
        claim();
        isTold(destination, new Port.Place(true, endpoint(source), true));

        cloud.jdbc().update("DELETE FROM claim WHERE vm_id = ?", vm.value());

        await().atMost(15, SECONDS).until(() -> carried(destination, network).isEmpty());
        isTold(source, new Port.Place(true, null));
    }
}
