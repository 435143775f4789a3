package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.v4;
import static dev.yado.network.nft.Samples.v6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests that lie about who they are, beside one that lets everything in. */
class CardRulesTest {
    private static final Ip NONE4 = Ip.parse("0.0.0.0");
    private static final Ip NONE6 = Ip.parse("::");
    private static final byte[] ALL_NODES = Frames.hex("333300000001");
    private static final Ip ALL_NODES_IP = Ip.parse("ff02::1");

    private final SecurityGroupId group = SecurityGroupId.random();
    private final Port guest = Samples.port(1, group);
    private final Port other = Samples.port(2, group);
    private final HostNetwork network = Samples.network(
            List.of(guest, other),
            Samples.open(
                    group,
                    Samples.rule(Direction.IN, Family.IPV4, Protocol.ANY),
                    Samples.rule(Direction.IN, Family.IPV6, Protocol.ANY)));
    private final Mac mac = guest.mac();

    @TempDir
    Path directory;

    private TestingBridge bridge;
    private TestingBridge.Card card;
    private TestingBridge.Card neighbour;

    @BeforeEach
    void plugTwoCards() throws IOException {
        bridge = new TestingBridge(directory);
        Firewall firewall = new Firewall();
        card = bridge.plug(firewall, network, guest);
        neighbour = bridge.plug(firewall, network, other);
        neighbour.drain();
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    @Test
    void aGuestThatIsItselfIsHeard() {
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put("a datagram", frame4(udp(v4(guest), 1000, 2000)));
        frames.put("a datagram of IPv6", frame6(Frames.ip(v6(guest), v6(other), 17, udp6(v6(guest), 1000, 2000))));
        frames.put("from its link-local address", frame6(echo(Ownership.linkLocal(mac))));
        frames.put("an ARP request", arp(1, mac, v4(guest), v4(other)));
        frames.put("an ARP answer", arp(2, mac, v4(guest), v4(other)));
        frames.put("an ARP probe", arp(1, mac, NONE4, v4(guest)));
        frames.put("a solicitation", frame6(discover(v6(guest), 135, v6(other))));
        frames.put("its advertisement", frame6(discover(v6(guest), 136, v6(guest))));
        frames.put("duplicate address detection", multicast6(discover(NONE6, 135, v6(guest))));
        assertThat(frames)
                .allSatisfy((what, frame) -> assertThat(passes(frame)).as(what).isTrue());
    }

    @Test
    void aGuestThatLiesIsNotHeard() {
        Ip foreign = v4(other);
        Ip foreign6 = v6(other);
        Mac forged = new Mac("02:00:00:00:00:99");
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put("another MAC", Frames.ethernet(other.mac(), forged, Frames.IPV4, udp(v4(guest), 1000, 2000)));
        frames.put("the neighbour's address", frame4(udp(foreign, 1000, 2000)));
        frames.put("an address of nobody", frame4(udp(Ip.parse("10.0.9.9"), 1000, 2000)));
        frames.put("an address of the internet", frame4(udp(Ip.parse("8.8.8.8"), 1000, 2000)));
        frames.put("the service's address", frame4(udp(Ip.parse("10.0.0.2"), 1000, 2000)));
        frames.put("loopback", frame4(udp(Ip.parse("127.0.0.1"), 1000, 2000)));
        frames.put("the neighbour's IPv6 address", frame6(echo(foreign6)));
        frames.put("the neighbour's link-local address", frame6(echo(Ownership.linkLocal(other.mac()))));
        frames.put("the service's link-local address", frame6(echo(Ip.parse("fe80::a9fe:a9fe"))));
        frames.put("no IPv6 address", frame6(echo(NONE6)));
        frames.put("ARP from another MAC", arp(1, forged, v4(guest), foreign));
        frames.put("ARP for the neighbour's address", arp(2, mac, foreign, foreign));
        frames.put("gratuitous ARP for the gateway", arp(1, mac, Ip.parse("10.0.0.1"), Ip.parse("10.0.0.1")));
        frames.put("an ARP answer without address", arp(8, mac, v4(guest), foreign));
        frames.put("advertising the neighbour", frame6(discover(v6(guest), 136, foreign6)));
        frames.put("advertising the service", multicast6(discover(v6(guest), 136, Ip.parse("fe80::a9fe:a9fe"))));
        frames.put("detecting the neighbour's address", multicast6(discover(NONE6, 135, foreign6)));
        frames.put(
                "discovery from far", frame6(hops(64, v6(guest), discoverBody(v6(guest), v6(other), 135, foreign6))));
        assertThat(frames)
                .allSatisfy((what, frame) -> assertThat(passes(frame)).as(what).isFalse());
    }

    @Test
    void aGuestDoesNotServeOthers() {
        Ip own = Ownership.linkLocal(mac);
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put("a DHCP answer", frame4(udp(v4(guest), 67, 68)));
        frames.put("a DHCP answer from another port", frame4(udp(v4(guest), 1067, 68)));
        frames.put("from the DHCP port", frame4(udp(v4(guest), 67, 1068)));
        frames.put("a DHCPv6 answer", frame6(Frames.ip(own, v6(other), 17, udp6(own, 547, 546))));
        frames.put("a router advertisement", multicast6(Frames.ip(own, ALL_NODES_IP, 58, advertisement(own))));
        frames.put(
                "a router advertisement to one",
                frame6(Frames.ip(own, v6(other), 58, advertisementTo(own, v6(other)))));
        frames.put(
                "a redirect", frame6(Frames.ip(own, v6(other), 58, Frames.icmp(own, v6(other), 137, 0, new byte[36]))));
        frames.put(
                "a DHCP discover",
                Frames.ethernet(
                        Frames.BROADCAST,
                        mac,
                        Frames.IPV4,
                        Frames.ip(
                                NONE4,
                                Ip.parse("255.255.255.255"),
                                17,
                                Frames.udp(NONE4, Ip.parse("255.255.255.255"), 68, 67, new byte[240]))));
        assertThat(frames)
                .allSatisfy((what, frame) -> assertThat(passes(frame)).as(what).isFalse());
    }

    @Test
    void nothingButArpAndIpLeavesACard() {
        byte[] packet = udp(v4(guest), 1000, 2000);
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put(
                "a VLAN tag", Frames.ethernet(other.mac(), mac, 0x8100, Frames.bytes(Frames.hex("000a 0800"), packet)));
        frames.put(
                "a priority tag",
                Frames.ethernet(other.mac(), mac, 0x8100, Frames.bytes(Frames.hex("e000 0800"), packet)));
        frames.put(
                "a provider tag",
                Frames.ethernet(other.mac(), mac, 0x88a8, Frames.bytes(Frames.hex("000a 0800"), packet)));
        frames.put(
                "two tags",
                Frames.ethernet(other.mac(), mac, 0x8100, Frames.bytes(Frames.hex("000a 8100 000b 0800"), packet)));
        frames.put("spanning tree", Frames.ethernet(Frames.hex("0180c2000000"), mac, 0x0027, new byte[60]));
        frames.put("LLDP", Frames.ethernet(Frames.hex("0180c200000e"), mac, 0x88cc, new byte[60]));
        frames.put("MPLS", Frames.ethernet(other.mac(), mac, 0x8847, packet));
        frames.put("PPPoE", Frames.ethernet(other.mac(), mac, 0x8863, new byte[60]));
        frames.put("reverse ARP", Frames.ethernet(other.mac(), mac, 0x8035, new byte[60]));
        assertThat(frames)
                .allSatisfy((what, frame) -> assertThat(passes(frame)).as(what).isFalse());
    }

    @Test
    void headersAreNotHiddenInFragments() {
        Ip own = Ownership.linkLocal(mac);
        byte[] advertisement = advertisementTo(own, v6(other));
        byte[] options = Frames.hex("3a 00 0104 00000000");
        byte[] behindOptions = Frames.bytes(Frames.hex("3c 00 0001 00000001"), options);
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put("a first fragment of options", frame6(Frames.ip6(own, v6(other), 44, 255, behindOptions)));
        frames.put(
                "a router advertisement in one fragment",
                frame6(Frames.ip6(
                        own, v6(other), 44, 255, Frames.bytes(Frames.hex("3a 00 0000 00000001"), advertisement))));
        frames.put(
                "one behind options",
                frame6(Frames.ip6(own, v6(other), 60, 255, Frames.bytes(options, advertisement))));
        frames.put(
                "a solicitation in one fragment",
                frame6(Frames.ip6(
                        v6(guest),
                        v6(other),
                        44,
                        255,
                        Frames.bytes(
                                Frames.hex("3a 00 0000 00000001"),
                                discoverBody(v6(guest), v6(other), 135, v6(other))))));
        assertThat(frames)
                .allSatisfy((what, frame) -> assertThat(passes(frame)).as(what).isFalse());
    }

    @Test
    void aFragmentedDatagramArrivesWhole() {
        byte[] datagram = Frames.udp(v4(guest), v4(other), 1000, 2000, new byte[2000]);
        byte[] first = java.util.Arrays.copyOf(datagram, 1024);
        byte[] rest = java.util.Arrays.copyOfRange(datagram, 1024, datagram.length);
        card.send(frame4(Frames.ip4(v4(guest), v4(other), 17, 0x2000, first)));
        assertThat(neighbour.drain()).isZero();
        card.send(frame4(Frames.ip4(v4(guest), v4(other), 17, 1024 / 8, rest)));
        assertThat(neighbour.drain()).isEqualTo(2);
    }

    @Test
    void aStormStaysAtItsCard() {
        byte[] broadcast = arpFrame(1, mac, v4(guest), v4(other));
        int sent = 5000;
        for (int i = 0; i < sent; i++) {
            card.send(broadcast);
        }
        assertThat(neighbour.drain()).isBetween(1, 2 * CardRules.GROUP_PACKETS_PER_SECOND);
        byte[] unicast =
                Frames.ethernet(other.mac(), mac, Frames.ARP, Frames.arp(2, mac, v4(guest), other.mac(), v4(other)));
        int arrived = 0;
        for (int i = 0; i < sent; i++) {
            card.send(unicast);
            arrived += neighbour.drain();
        }
        assertThat(arrived).isLessThan(sent / 2);
    }

    @Test
    void aCardGetsOnlyWhatIsMeantForIt() throws IOException {
        byte[] to = Frames.ethernet(
                other.mac(),
                mac,
                Frames.IPV4,
                Frames.ip(
                        v4(guest),
                        Ip.parse("10.0.7.7"),
                        17,
                        Frames.udp(v4(guest), Ip.parse("10.0.7.7"), 1, 2, new byte[9])));
        assertThat(passes(to)).as("an address that is not its own").isFalse();
        byte[] flooded = Frames.ethernet(new Mac("02:00:00:00:00:77"), mac, Frames.IPV4, udp(v4(guest), 1000, 2000));
        assertThat(passes(flooded)).as("a MAC that is not its own").isFalse();
    }

    private boolean passes(byte[] frame) {
        neighbour.drain();
        card.send(frame);
        return neighbour.got(frame);
    }

    private byte[] frame4(byte[] packet) {
        return Frames.ethernet(other.mac(), mac, Frames.IPV4, packet);
    }

    private byte[] frame6(byte[] packet) {
        return Frames.ethernet(other.mac(), mac, Frames.IPV6, packet);
    }

    private byte[] multicast6(byte[] packet) {
        return Frames.ethernet(ALL_NODES, mac, Frames.IPV6, packet);
    }

    private byte[] udp(Ip source, int from, int to) {
        return Frames.ip(source, v4(other), 17, Frames.udp(source, v4(other), from, to, new byte[30]));
    }

    private byte[] udp6(Ip source, int from, int to) {
        return Frames.udp(source, v6(other), from, to, new byte[30]);
    }

    private byte[] echo(Ip source) {
        return Frames.ip(source, v6(other), 58, Frames.icmp(source, v6(other), 128, 0, new byte[20]));
    }

    private byte[] arp(int operation, Mac sender, Ip senderIp, Ip target) {
        return arpFrame(operation, sender, senderIp, target);
    }

    private byte[] arpFrame(int operation, Mac sender, Ip senderIp, Ip target) {
        return Frames.ethernet(
                Frames.BROADCAST, mac, Frames.ARP, Frames.arp(operation, sender, senderIp, other.mac(), target));
    }

    private byte[] discover(Ip source, int type, Ip target) {
        return Frames.ip(source, v6(other), 58, discoverBody(source, v6(other), type, target));
    }

    private static byte[] discoverBody(Ip source, Ip destination, int type, Ip target) {
        return Frames.discovery(source, destination, type, target);
    }

    private byte[] hops(int hops, Ip source, byte[] body) {
        return Frames.ip6(source, v6(other), 58, hops, body);
    }

    private static byte[] advertisement(Ip source) {
        return advertisementTo(source, ALL_NODES_IP);
    }

    private static byte[] advertisementTo(Ip source, Ip destination) {
        return Frames.icmp(source, destination, 134, 0, new byte[12]);
    }
}
