package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.v6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host advertises itself as the router of IPv6; what is for beyond reaches the real one. */
class WayOutTest {
    private static final Ip GATEWAY = Ip.parse("fd00::1");
    private static final Ip BEYOND = Ip.parse("2001:db8::1");

    private final SecurityGroupId group = SecurityGroupId.random();
    private final Port guest = Samples.port(1, group);
    private final Port router = new Port(
            NicId.random(),
            null,
            new Mac("02:00:00:00:ff:01"),
            List.of(GATEWAY),
            null,
            new Port.Place(true, null),
            List.of(),
            List.of(),
            false,
            null);

    @TempDir
    Path directory;

    private TestingBridge bridge;

    @BeforeEach
    void aBridge() throws IOException {
        bridge = new TestingBridge(directory);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    private HostNetwork network() {
        HostNetwork plain = Samples.network(List.of(guest, router), Samples.open(group));
        Subnet six = new Subnet(Cidr.parse("fd00::/64"), Ip.parse("fd00::2"), GATEWAY, true, List.of(), List.of());
        return new HostNetwork(
                plain.id(),
                plain.tenantId(),
                "net",
                1,
                new Segment.Overlay(7),
                1450,
                List.of(six),
                plain.ports(),
                plain.groups(),
                plain.groupMembers());
    }

    private byte[] datagram(Mac to, Ip destination) {
        byte[] udp = Frames.udp(v6(guest), destination, 1000, 2000, new byte[] {1, 2, 3});
        return Frames.ethernet(to, guest.mac(), Frames.IPV6, Frames.ip(v6(guest), destination, 17, udp));
    }

    @Test
    void whatIsForBeyondIsGivenToTheRouter() throws IOException {
        Firewall firewall = new Firewall();
        HostNetwork network = network();
        TestingBridge.Card card = bridge.plug(firewall, network, guest);
        TestingBridge.Card uplink = bridge.plug(firewall, network, router);

        card.send(datagram(ServiceAddresses.MAC, BEYOND));
        assertThat(uplink.got(datagram(router.mac(), BEYOND))).isTrue();

        card.send(datagram(ServiceAddresses.MAC, Ip.parse("fd00::2")));
        assertThat(uplink.got(datagram(router.mac(), Ip.parse("fd00::2")))).isFalse();
        assertThat(firewall.differences(bridge.ground(), network)).isEmpty();
    }
}
