package dev.yado.router;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.networked;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmView;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What simulated hosts are told of routers and floating IPs, when, and in which order. */
@Timeout(90)
class RouterSyncTest {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica replica = cloud.replica();
    private final SimulatedHost one = cloud.host(8, 8192);
    private final SimulatedHost two = cloud.host(8, 8192);

    @AfterEach
    void close() {
        cloud.close();
    }

    private Routers routers() {
        return replica.part(Routers.class);
    }

    private FloatingIps floatingIps() {
        return replica.part(FloatingIps.class);
    }

    /** A way to the data centre's network that all simulated hosts have, with the addresses .10 to .12 to give. */
    private NetworkId internet() {
        UUID id = UUID.randomUUID();
        UUID subnet = UUID.randomUUID();
        cloud.jdbc().update("""
                INSERT INTO network (id, name, segment, provider, vlan, mtu, external) VALUES (?, ?, 'VLAN', 'public', ?, 1500, true)
                """, id, "internet-" + id, NUMBER.incrementAndGet());
        cloud.jdbc().update("""
                INSERT INTO subnet (id, network_id, network_number, cidr, gateway, service, dhcp, range_first, range_last)
                SELECT ?, id, number, '203.0.113.0/24', '203.0.113.1', '203.0.113.9', false, '203.0.113.10', '203.0.113.12'
                FROM network WHERE id = ?
                """, subnet, id);
        return new NetworkId(id);
    }

    private UUID subnetOf(NetworkId network) {
        return Objects.requireNonNull(
                cloud.jdbc().queryForObject("SELECT id FROM subnet WHERE network_id = ?", UUID.class, network.value()));
    }

    private RouterView edge(NetworkId internet, NetworkId... inner) {
        RouterView router = routers()
                .create(
                        cloud.caller(),
                        "edge-" + NUMBER.incrementAndGet(),
                        new Routers.NewExternal(internet, null, true));
        for (NetworkId network : inner) {
            router = routers().putSubnet(cloud.caller(), router.id(), subnetOf(network), null, IfMatch.ANY);
        }
        return router;
    }

    private VmView vm(NetworkId network) {
        return replica.vms()
                .get(
                        cloud.caller(),
                        new VmId(end(replica, replica.vms().create(cloud.caller(), networked(network)))
                                .targetId()));
    }

    private static Optional<HostRouter> at(SimulatedHost host, RouterId router) {
        return host.routers().stream().filter(each -> each.id().equals(router)).findFirst();
    }

    private SimulatedHost gatewayOf(RouterId router) {
        HostId host = Objects.requireNonNull(
                routers().get(cloud.caller(), router).gateway().host());
        return host.equals(one.id()) ? one : two;
    }

    private SimulatedHost otherThan(SimulatedHost host) {
        return host == one ? two : one;
    }

    private HostRouter inForce(RouterId router) {
        await().atMost(20, SECONDS)
                .until(() -> routers().get(cloud.caller(), router).gateway().inSync());
        return at(gatewayOf(router), router).orElseThrow();
    }

    private static @Nullable Port portOf(SimulatedHost host, NetworkId network, NicId nic) {
        return host.networks().stream()
                .filter(each -> each.id().equals(network))
                .map(HostNetwork::ports)
                .flatMap(List::stream)
                .filter(port -> port.id().equals(nic))
                .findFirst()
                .orElse(null);
    }

    /** Its last report may still be on its way when it dies. */
    private void isSilent(SimulatedHost host) {
        await().atMost(20, SECONDS)
                .until(() -> Boolean.TRUE.equals(cloud.jdbc()
                        .queryForObject(
                                "SELECT lease_until < now() FROM host WHERE id = ?",
                                Boolean.class,
                                host.id().value())));
    }

    @Test
    void theGatewayHasTheWholeRouterAndItsNetworksFirst() {
        NetworkId internet = internet();
        NetworkId inner = cloud.network(replica, "10.0.0.0/24");
        RouterView router = edge(internet, inner);

        HostRouter told = inForce(router.id());

        assertThat(told.legs()).singleElement().satisfies(leg -> {
            assertThat(leg.network()).isEqualTo(inner);
            assertThat(leg.addresses()).containsExactly(new Interface(Ip.parse("10.0.0.1"), 24));
        });
        HostRouter.Uplink uplink = Objects.requireNonNull(told.uplink());
        assertThat(uplink.addresses()).containsExactly(new Interface(Ip.parse("203.0.113.10"), 24));
        assertThat(uplink.gateways()).containsExactly(Ip.parse("203.0.113.1"));
        assertThat(gatewayOf(router.id()).networks())
                .extracting(HostNetwork::id)
                .as("the data centre's network is no network of guests here")
                .containsExactly(inner);
        assertThat(at(otherThan(gatewayOf(router.id())), router.id())).isEmpty();
    }

    @Test
    void routersSpreadOverTheHostsThatCanBeTheirGateway() {
        NetworkId internet = internet();

        SimulatedHost first = gatewayOf(edge(internet).id());
        RouterView second = edge(internet);

        assertThat(gatewayOf(second.id())).isNotSameAs(first);
        assertThat(second.gateway().reason()).contains("the gateway of 0 other routers, the fewest of 2 hosts");
    }

    @Test
    void anotherHostTakesOverFromALostOneWhichForgetsWhenItIsBack() {
        NetworkId internet = internet();
        NetworkId inner = cloud.network(replica, "10.0.0.0/24");
        RouterView router = edge(internet, inner);
        VmView vm = vm(inner);
        long before = inForce(router.id()).generation();
        SimulatedHost old = gatewayOf(router.id());
        SimulatedHost heir = otherThan(old);

        old.die();
        isSilent(old);
        cloud.jdbc()
                .update(
                        "UPDATE host SET lease_until = now() - interval '1 hour' WHERE id = ?",
                        old.id().value());

        await().atMost(20, SECONDS).until(() -> at(heir, router.id()).isPresent());
        assertThat(inForce(router.id()).generation()).isGreaterThan(before);
        NicId leg = router.feet().getFirst().nic();
        await().atMost(10, SECONDS).until(() -> {
            Port port = portOf(heir, inner, leg);
            return port != null
                    && port.place() != null
                    && Objects.requireNonNull(port.place()).here();
        });
        assertThat(vm.nics()).hasSize(1);

        old.restart();
        await().atMost(20, SECONDS).until(() -> at(old, router.id()).isEmpty());
        assertThat(at(heir, router.id())).isPresent();
    }

    @Test
    void theGatewayIsMovedByHandAndTheOldHostForgetsFirst() {
        NetworkId inner = cloud.network(replica, "10.0.0.0/24");
        RouterView router = edge(internet(), inner);
        inForce(router.id());
        SimulatedHost old = gatewayOf(router.id());
        Caller administrator = new Caller.Administrator(null);

        RouterView moved = routers().moveGateway(administrator, router.id(), null);

        assertThat(moved.gateway().host()).isEqualTo(otherThan(old).id());
        await().atMost(20, SECONDS).until(() -> at(otherThan(old), router.id()).isPresent());
        assertThat(at(old, router.id())).as("the old host has forgotten before").isEmpty();
        inForce(router.id());
        assertThatThrownBy(() -> routers().moveGateway(cloud.caller(), router.id(), null))
                .isInstanceOf(YadoException.class)
                .extracting(e -> ((YadoException) e).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void aFloatingIpMovesFromRouterToRouterAndIsNeverAtBoth() throws Exception {
        NetworkId internet = internet();
        NetworkId left = cloud.network(replica, "10.0.0.0/24");
        NetworkId right = cloud.network(replica, "10.0.0.0/24");
        RouterView from = edge(internet, left);
        RouterView to = edge(internet, right);
        NicId first = vm(left).nics().getFirst().id();
        NicId second = vm(right).nics().getFirst().id();
        FloatingIpId floating = floatingIps().create(cloud.caller(), null, null).id();
        floatingIps().assign(cloud.caller(), floating, first, null, IfMatch.ANY);
        await().atMost(20, SECONDS).until(() -> holds(from.id()));

        AtomicInteger both = new AtomicInteger();
        AtomicInteger move = new AtomicInteger();
        // It looks at one after the other. Within one move, who held it before and after the look at the other held it
        // meanwhile too.
        Thread witness = Thread.startVirtualThread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                int during = move.get();
                if (holds(from.id()) && holds(to.id()) && holds(from.id()) && move.get() == during) {
                    both.incrementAndGet();
                }
            }
        });
        for (int i = 0; i < 4; i++) {
            move.incrementAndGet();
            NicId next = i % 2 == 0 ? second : first;
            RouterId where = i % 2 == 0 ? to.id() : from.id();
            FloatingIpView moved = floatingIps().assign(cloud.caller(), floating, next, null, IfMatch.ANY);
            assertThat(moved.router()).isEqualTo(where);
            await().atMost(20, SECONDS).until(() -> holds(where));
        }
        witness.interrupt();
        witness.join();

        assertThat(both).hasValue(0);
    }

    @Test
    void aTraceFollowsAPacketFromSubnetToSubnetAndNamesTheMissingRule() {
        NetworkId left = cloud.network(replica, "10.0.0.0/24");
        NetworkId right = cloud.network(replica, "10.1.0.0/24");
        RouterView router = edge(internet(), left, right);
        NicId from = vm(left).nics().getFirst().id();
        NicId to = vm(right).nics().getFirst().id();
        inForce(router.id());
        await().atMost(20, SECONDS)
                .until(() ->
                        trace(from, to).hops().stream().noneMatch(hop -> hop.stop() == Trace.Stop.HOST_NOT_IN_SYNC));

        Trace open = trace(from, to);

        assertThat(open.summary()).as("%s", open.hops()).isEqualTo("it passes");
        assertThat(open.hops())
                .extracting(Trace.Hop::place)
                .contains("security groups, out", "source", "gateway", "routing", "security groups, in", "destination");
        assertThat(open.hops()).filteredOn(hop -> hop.host() != null).isNotEmpty();

        cloud.jdbc()
                .update(
                        "DELETE FROM security_rule WHERE direction = 'IN' AND tenant_id = ?",
                        cloud.tenant().value());
        await().atMost(20, SECONDS)
                .until(() ->
                        trace(from, to).hops().stream().noneMatch(hop -> hop.stop() == Trace.Stop.HOST_NOT_IN_SYNC));
        Trace shut = trace(from, to);
        assertThat(shut.stop()).hasValueSatisfying(hop -> {
            assertThat(hop.place()).isEqualTo("security groups, in");
            assertThat(hop.stop()).isEqualTo(Trace.Stop.RULE_MISSING);
            assertThat(hop.detail()).contains("default", "TCP port 22");
        });
    }

    @Test
    void aTraceSaysThatAVmIsOnTheMove() {
        NetworkId inner = cloud.network(replica, "10.0.0.0/24");
        NicId from = vm(inner).nics().getFirst().id();
        VmView moving = vm(inner);
        UUID other = (one.id().equals(moving.host()) ? two : one).id().value();
        UUID migration = UuidV7.next();
        cloud.jdbc().update("""
                        INSERT INTO migration (id, vm_id, operation_id, from_host, to_host, live, generation, run_epoch, goal, state)
                        SELECT ?, vm_id, ?, host_id, ?, true, 2, 2, '{}', 'ENDED' FROM allocation WHERE vm_id = ?
                        """, migration, UuidV7.next(), other, moving.id().value());
        cloud.jdbc()
                .update(
                        "INSERT INTO claim (vm_id, host_id, migration_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, ?, 1, 256, 0)",
                        moving.id().value(),
                        other,
                        migration);

        assertThat(trace(from, moving.nics().getFirst().id()).hops())
                .filteredOn(hop -> hop.place().equals("destination"))
                .extracting(Trace.Hop::detail)
                .anySatisfy(detail -> assertThat(detail).contains("is moving to host"));
        // A claim without a move is what no controller leaves behind.
        cloud.jdbc().update("DELETE FROM claim");
    }

    private Trace trace(NicId from, NicId to) {
        return replica.part(NetworkTraces.class)
                .trace(
                        cloud.caller(),
                        new NetworkTraces.Question(null, from, null, to, null, SecurityRule.Protocol.TCP, 22));
    }

    /** Whether some host has a floating IP for this router. */
    private boolean holds(RouterId router) {
        return List.of(one, two).stream()
                .anyMatch(host -> at(host, router)
                        .filter(each -> !each.floatingIps().isEmpty())
                        .isPresent());
    }

    @Test
    void aFloatingIpOfAVmThatGoesLeadsNowhereAndIsKept() {
        NetworkId inner = cloud.network(replica, "10.0.0.0/24");
        RouterView router = edge(internet(), inner);
        VmView vm = vm(inner);
        FloatingIpId floating = floatingIps().create(cloud.caller(), null, null).id();
        floatingIps().assign(cloud.caller(), floating, vm.nics().getFirst().id(), null, IfMatch.ANY);
        await().atMost(20, SECONDS).until(() -> holds(router.id()));

        end(replica, replica.vms().delete(cloud.caller(), vm.id()));

        FloatingIpView kept = floatingIps().get(cloud.caller(), floating);
        assertThat(kept.nic()).isNull();
        assertThat(kept.router()).isNull();
        await().atMost(20, SECONDS).until(() -> !holds(router.id()));
    }

    @Test
    void portsOfOneAddressLeadToSeveralCards() {
        NetworkId inner = cloud.network(replica, "10.0.0.0/24");
        RouterView router = edge(internet(), inner);
        NicId first = vm(inner).nics().getFirst().id();
        NicId second = vm(inner).nics().getFirst().id();
        FloatingIpId floating = floatingIps().create(cloud.caller(), null, null).id();

        forward(floating, first, 80);
        forward(floating, second, 81);

        await().atMost(20, SECONDS)
                .until(() -> inForce(router.id()).portForwardings().size() == 2);
        assertThatThrownBy(() -> forward(floating, first, 80))
                .extracting(e -> ((YadoException) e).code())
                .isEqualTo(ErrorCode.IN_USE);
        assertThatThrownBy(() -> floatingIps().assign(cloud.caller(), floating, first, null, IfMatch.ANY))
                .extracting(e -> ((YadoException) e).code())
                .isEqualTo(ErrorCode.IN_USE);
        floatingIps().delete(cloud.caller(), floating, IfMatch.ANY);
        await().atMost(20, SECONDS)
                .until(() -> inForce(router.id()).portForwardings().isEmpty());
    }

    private void forward(FloatingIpId floating, NicId nic, int port) {
        floatingIps()
                .forward(
                        cloud.caller(),
                        floating,
                        new FloatingIps.NewForwarding(SecurityRule.Protocol.TCP, port, nic, null, 8080));
    }

    @Test
    void aRouterThatIsRemovedIsGoneFromItsHostAlsoFromOneThatWasAway() {
        RouterView router = edge(internet(), cloud.network(replica, "10.0.0.0/24"));
        inForce(router.id());
        SimulatedHost host = gatewayOf(router.id());
        host.die();
        isSilent(host);

        routers().delete(cloud.caller(), router.id(), IfMatch.ANY);
        host.restart();

        await().atMost(20, SECONDS).until(() -> at(host, router.id()).isEmpty());
        await().atMost(20, SECONDS)
                .until(() -> cloud.jdbc()
                        .queryForList(
                                "SELECT 1 FROM host_router WHERE router_id = ?",
                                Integer.class,
                                router.id().value())
                        .isEmpty());
    }
}
