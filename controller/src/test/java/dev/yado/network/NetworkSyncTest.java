package dev.yado.network;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.api.IfMatch;
import dev.yado.api.PageRequest;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmView;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What simulated hosts are told of networks, and when. */
@Timeout(60)
class NetworkSyncTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica replica = cloud.replica();
    private final SimulatedHost one = cloud.host(4, 4096);

    @AfterEach
    void close() {
        cloud.close();
    }

    private VmView create(NetworkId... networks) {
        OperationView view = end(replica, replica.vms().create(cloud.caller(), networked(networks)));
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        return replica.vms().get(cloud.caller(), new VmId(view.targetId()));
    }

    private static HostNetwork carried(SimulatedHost host, NetworkId network) {
        return host.networks().stream()
                .filter(each -> each.id().equals(network))
                .findFirst()
                .orElseThrow(() -> new AssertionError(host.name() + " carries no network " + network));
    }

    private static boolean carries(SimulatedHost host, NetworkId network) {
        return host.networks().stream().anyMatch(each -> each.id().equals(network));
    }

    private long generation(NetworkId network) {
        Long generation =
                cloud.jdbc().queryForObject("SELECT generation FROM network WHERE id = ?", Long.class, network.value());
        return generation == null ? 0 : generation;
    }

    private void isKnownEverywhere(NetworkId network, SimulatedHost... hosts) {
        for (SimulatedHost host : hosts) {
            await().atMost(10, SECONDS)
                    .until(() ->
                            carries(host, network) && carried(host, network).generation() == generation(network));
        }
    }

    @Test
    void aHostHasTheNetworkBeforeTheVmThatNeedsIt() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24", "fd00:1::/64");

        VmView vm = create(network);

        assertThat(vm.nics())
                .singleElement()
                .satisfies(nic -> assertThat(nic.addresses())
                        .extracting(each -> each.address() + "/" + each.prefix())
                        .containsExactly("10.0.0.3/24", "fd00:1::3/64"));
        HostNetwork told = carried(one, network);
        assertThat(told.subnets()).hasSize(2);
        assertThat(told.ports()).singleElement().satisfies(port -> {
            assertThat(port.place()).isEqualTo(new Port.Place(true, null));
            assertThat(port.hostname()).isEqualTo(vm.name());
            assertThat(port.filtered()).isTrue();
        });
        assertThat(told.groups()).singleElement().satisfies(group -> {
            assertThat(group.name()).isEqualTo("default");
            assertThat(group.rules()).hasSize(4);
        });
        assertThat(told.groupMembers())
                .singleElement()
                .satisfies(members -> assertThat(members.addresses()).hasSize(2));
    }

    @Test
    void everyHostLearnsWhereThePortsOfTheOthersAre() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24");
        VmView here = create(network);
        SimulatedHost two = cloud.host(64, 65_536);
        VmView there = await().atMost(30, SECONDS)
                .until(() -> create(network), vm -> two.id().equals(vm.host()));
        isKnownEverywhere(network, one, two);

        assertThat(carried(one, network).ports()).anySatisfy(port -> {
            assertThat(port.vm()).isEqualTo(there.id());
            assertThat(port.place()).isNotNull().satisfies(place -> {
                assertThat(place.here()).isFalse();
                assertThat(place.tunnelEndpoint()).isNotNull();
            });
            assertThat(port.groups()).isEmpty();
        });
        assertThat(carried(two, network).ports()).anySatisfy(port -> {
            assertThat(port.vm()).isEqualTo(here.id());
            assertThat(port.place())
                    .isNotNull()
                    .satisfies(place -> assertThat(place.here()).isFalse());
        });
    }

    @Test
    void aRuleReachesAllHostsAndNothingElseDoes() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24");
        NetworkId other = cloud.network(replica, "10.0.0.0/24");
        create(network);
        isKnownEverywhere(network, one);
        long before = generation(other);
        SecurityGroups groups = replica.part(SecurityGroups.class);
        SecurityGroupId group = groups.list(cloud.caller(), PageRequest.of("security-groups", 10, null), "default")
                .items()
                .getFirst()
                .id();

        groups.addRule(
                cloud.caller(),
                group,
                new SecurityRule(
                        UuidV7.next(),
                        SecurityRule.Direction.IN,
                        SecurityRule.Family.IPV4,
                        SecurityRule.Protocol.TCP,
                        22,
                        22,
                        null,
                        null),
                IfMatch.ANY);

        await().atMost(5, SECONDS)
                .until(() -> carried(one, network).groups().getFirst().rules().size() == 5);
        assertThat(generation(other)).isEqualTo(before);
    }

    @Test
    void anAddressIsFreeOnlyWhenTheHostHoldsNothingAndTheNetworkGoesFromThere() {
        NetworkId network = cloud.network(replica, "10.0.0.0/29");
        VmView vm = create(network);
        one.link(SimulatedHost.Link.CUT);

        OperationId delete = replica.vms().delete(cloud.caller(), vm.id());
        await().atMost(10, SECONDS)
                .until(() -> replica.operations().find(delete).orElseThrow().status() == OperationStatus.WAITING
                        || replica.operations()
                                        .find(delete)
                                        .orElseThrow()
                                        .steps()
                                        .size()
                                > 0);
        assertThat(taken(network)).isEqualTo(3);

        one.link(SimulatedHost.Link.WORKS);
        assertThat(end(replica, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(taken(network)).isEqualTo(2);
        await().atMost(10, SECONDS).until(() -> !carries(one, network));
        await().atMost(10, SECONDS)
                .until(() -> replica.networks()
                        .detail(cloud.caller(), network)
                        .hosts()
                        .isEmpty());
    }

    private int taken(NetworkId network) {
        Integer count = cloud.jdbc()
                .queryForObject("SELECT count(*) FROM address WHERE network_id = ?", Integer.class, network.value());
        return count == null ? 0 : count;
    }

    @Test
    void aControllerThatDiesLeavesTheTellingToAnother() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24");
        create(network);
        isKnownEverywhere(network, one);
        ControllerReplica other = cloud.replica();
        cloud.jdbc().execute("UPDATE network SET name = 'renamed' WHERE id = '" + network + "'");
        replica.die();

        await().atMost(20, SECONDS).until(() -> carried(one, network).name().equals("renamed"));
        await().atMost(20, SECONDS).until(() -> {
            NetworkView.Carrier carrier =
                    other.networks().detail(cloud.caller(), network).hosts().getFirst();
            return carrier.acknowledged() == carrier.wanted();
        });
    }

    @Test
    void aHostThatWasWipedIsGivenAllAgain() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24");
        create(network);
        isKnownEverywhere(network, one);

        one.die();
        one.wipe();
        one.restart();

        await().atMost(20, SECONDS).until(() -> carries(one, network));
        isKnownEverywhere(network, one);
    }

    @Test
    void aCreateWaitsForAHostThatHasAProblemAndSaysWhich() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24");
        one.failNetworks("vxlan: no such device");

        OperationId create = replica.vms().create(cloud.caller(), networked(network));

        await().atMost(10, SECONDS).untilAsserted(() -> {
            OperationView view = replica.operations().find(create).orElseThrow();
            assertThat(view.status()).isEqualTo(OperationStatus.WAITING);
            assertThat(view.waitReason()).contains("vxlan: no such device");
        });
        assertThat(replica.networks().detail(cloud.caller(), network).hosts())
                .singleElement()
                .satisfies(host -> assertThat(host.problem()).contains("vxlan"));

        one.failNetworks(null);
        assertThat(end(replica, create).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void aNetworkThatIsRemovedGoesFromAHostThatWasAwayMeanwhile() {
        NetworkId network = cloud.network(replica, "10.0.0.0/24");
        VmView vm = create(network);
        isKnownEverywhere(network, one);
        end(replica, replica.vms().delete(cloud.caller(), vm.id()));
        // The host was not told yet that nothing of it is needed, and now is away.
        one.link(SimulatedHost.Link.CUT);
        replica.networks().delete(cloud.caller(), network, IfMatch.ANY);

        one.link(SimulatedHost.Link.WORKS);

        await().atMost(20, SECONDS).until(() -> !carries(one, network));
        await().atMost(20, SECONDS).until(() -> rowsOf(network.value()) == 0);
    }

    private int rowsOf(UUID network) {
        Integer rows = cloud.jdbc()
                .queryForObject(
                        "SELECT (SELECT count(*) FROM host_network WHERE network_id = ?) + (SELECT count(*) FROM network_sync)",
                        Integer.class,
                        network);
        return rows == null ? -1 : rows;
    }

    @Test
    void membersAreToldOfNetworksThatARouterJoinsAndOfNoOthers() {
        NetworkId left = cloud.network(replica, "10.1.0.0/24");
        NetworkId right = cloud.network(replica, "10.2.0.0/24");
        create(left);
        create(right);
        isKnownEverywhere(left, one);
        assertThat(membersAt(left)).isEqualTo(List.of("10.1.0.3"));

        UUID router = UuidV7.next();
        cloud.jdbc()
                .update(
                        "INSERT INTO router (id, tenant_id, name) VALUES (?, ?, 'r')",
                        router,
                        cloud.tenant().value());
        for (NetworkId network : List.of(left, right)) {
            UUID nic = UuidV7.next();
            cloud.jdbc().update("""
                    INSERT INTO nic (id, tenant_id, network_id, router_id, mac) VALUES (?, ?, ?, ?, next_mac(?))
                    """, nic, cloud.tenant().value(), network.value(), router, network.value());
            cloud.jdbc()
                    .update(
                            "INSERT INTO router_leg (nic_id, router_id, network_id) VALUES (?, ?, ?)",
                            nic,
                            router,
                            network.value());
        }

        await().atMost(10, SECONDS).until(() -> membersAt(left).equals(List.of("10.1.0.3", "10.2.0.3")));
        assertThat(carried(one, left).ports())
                .filteredOn(port -> port.vm() == null)
                .singleElement()
                .satisfies(port -> assertThat(port.filtered()).isFalse());
    }

    private List<String> membersAt(NetworkId network) {
        return carried(one, network).groupMembers().getFirst().addresses().stream()
                .map(Object::toString)
                .toList();
    }

    /** Whoever takes some takes no more than it asked for, and nobody takes what another has. */
    @Test
    void whatIsDueIsTakenByOneAndInPortions() {
        HostNetworks networks = replica.part(HostNetworks.class);
        cloud.jdbc().update("""
                INSERT INTO network_sync (object_id, kind, due_at)
                SELECT gen_random_uuid(), 'NETWORK', now() - interval '1 second' FROM generate_series(1, 500)
                """);
        cloud.jdbc().execute("ANALYZE network_sync");

        assertThat(networks.queue().take(7, Duration.ofMinutes(1))).hasSizeLessThanOrEqualTo(7);

        cloud.jdbc().update("UPDATE network_sync SET due_at = now()");
        await().atMost(20, SECONDS)
                .until(() -> cloud.jdbc()
                        .queryForList("SELECT 1 FROM network_sync WHERE kind = 'NETWORK'")
                        .isEmpty());
    }
}
