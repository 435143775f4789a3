package dev.yado.simulator;

import static dev.yado.simulator.Specs.fence;
import static dev.yado.simulator.Specs.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import dev.yado.simulator.SimulatedHost.Moment;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulatedNetworksTest {
    private static final TenantId TENANT = TenantId.random();
    private static final Ip ADDRESS = Ip.parse("10.0.0.5");
    private static final Mac MAC = new Mac("52:54:00:00:00:05");

    private final SimulatedHost host =
            new SimulatedHost(HostPlan.of("host", 4, 4096, Accelerator.TCG), _ -> new HostReportAnswer(15, false));
    private final NetworkId id = NetworkId.random();
    private final NicId nic = NicId.random();
    private final VmId vm = VmId.random();
    private final SecurityGroup web = new SecurityGroup(
            SecurityGroupId.random(),
            "web",
            List.of(new SecurityRule(
                    UUID.randomUUID(),
                    SecurityRule.Direction.IN,
                    SecurityRule.Family.IPV4,
                    SecurityRule.Protocol.TCP,
                    80,
                    null,
                    null,
                    null)));

    @AfterEach
    void close() {
        host.close();
    }

    private HostNetwork network(long generation) {
        Port port = new Port(
                nic,
                vm,
                MAC,
                List.of(ADDRESS),
                "vm",
                new Port.Place(true, null),
                List.of(),
                List.of(web.id()),
                true,
                null);
        Subnet subnet = new Subnet(Cidr.parse("10.0.0.0/24"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of());
        return new HostNetwork(
                id,
                TENANT,
                "net",
                generation,
                new Segment.Overlay(7),
                1500,
                List.of(subnet),
                List.of(port),
                List.of(web),
                List.of());
    }

    private VmSpec guest(DesiredState desired) {
        VmSpec plain = spec(vm, 1, 1, desired);
        NicSpec card = new NicSpec(nic, id, MAC, List.of(new Interface(ADDRESS, 24)));
        return new VmSpec(
                vm,
                plain.tenantId(),
                plain.name(),
                plain.generation(),
                plain.runEpoch(),
                desired,
                plain.stop(),
                0,
                plain.shape(),
                null,
                List.of(card),
                null);
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        HostRefusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    @Test
    void aGuestWithACardNeedsItsNetworkFirst() {
        refused(ErrorCode.NETWORK_NOT_READY, () -> host.put(fence(), guest(DesiredState.RUNNING)));

        host.put(network(1));

        assertThat(host.put(fence(), guest(DesiredState.RUNNING)).state()).isNotEqualTo(ObservedState.FAILED);
    }

    @Test
    void aNetworkStaysWhileAGuestHasACardInIt() {
        host.put(network(1));
        host.put(fence(), guest(DesiredState.RUNNING));

        refused(ErrorCode.CONFLICT, () -> host.deleteNetwork(id, 2));

        host.delete(fence(), vm, 2);
        assertThat(host.deleteNetwork(id, 2)).isEqualTo(new NetworkAnswer(2, null));
        assertThat(host.networks()).isEmpty();
    }

    @Test
    void aLateNetworkDoesNotComeBackAfterItsDeletion() {
        host.put(network(1));
        host.deleteNetwork(id, 3);

        refused(ErrorCode.STALE_GENERATION, () -> host.put(network(2)));
        assertThat(host.deleteNetwork(id, 3).generation()).isEqualTo(3);
    }

    @Test
    void whatWasAcceptedIsRememberedByTheNextDaemonAndByTheNextBoot() {
        host.dieAt(Moment.CALL_ACCEPTED, () -> {});
        assertThatThrownBy(() -> host.put(network(4))).isInstanceOf(HostUnreachable.class);

        host.restart();
        assertThat(host.networks()).extracting(HostNetwork::generation).containsExactly(4L);
        host.boot();
        assertThat(host.networks()).extracting(HostNetwork::generation).containsExactly(4L);
        host.wipe();
        assertThat(host.networks()).isEmpty();
    }

    @Test
    void aRouterNeedsTheNetworksOfItsLegs() {
        RouterId routerId = RouterId.random();
        HostRouter.Leg leg =
                new HostRouter.Leg(NicId.random(), id, MAC, List.of(new Interface(Ip.parse("10.0.0.1"), 24)));
        HostRouter router =
                new HostRouter(routerId, TENANT, "router", 1, List.of(leg), null, List.of(), List.of(), List.of());
        refused(ErrorCode.NETWORK_NOT_READY, () -> host.put(router));

        host.put(network(1));
        host.put(router);

        assertThat(host.routers()).containsExactly(router);
        refused(ErrorCode.CONFLICT, () -> host.deleteNetwork(id, 2));
        host.deleteRouter(routerId, 2);
        host.deleteNetwork(id, 2);
        refused(ErrorCode.STALE_GENERATION, () -> host.put(router));
    }

    @Test
    void tracesAPacketToTheRuleThatStopsIt() {
        host.put(network(1));
        Ip other = Ip.parse("10.0.0.9");

        assertThat(incoming(other, 80).hops()).extracting(PacketTrace.Hop::real).containsOnly(Verdict.PASS);
        assertThat(incoming(other, 22).hops()).extracting(PacketTrace.Hop::real).containsOnly(Verdict.DROP);
        refused(ErrorCode.NOT_FOUND, () -> host.trace(question(NicId.random(), other, 80)));
    }

    private PacketTrace.Answer incoming(Ip source, int port) {
        return host.trace(question(nic, source, port));
    }

    private PacketTrace.Question question(NicId at, Ip source, int port) {
        return new PacketTrace.Question(
                id, at, SecurityRule.Direction.IN, source, ADDRESS, SecurityRule.Protocol.TCP, port);
    }

    @Test
    void saysWhatItCouldNotDo() {
        host.failNetworks("no room for another tunnel");

        assertThat(host.put(network(1))).isEqualTo(new NetworkAnswer(1, "no room for another tunnel"));
    }
}
