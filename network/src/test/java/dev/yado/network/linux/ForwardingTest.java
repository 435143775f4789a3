package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.PortCounters;
import dev.yado.network.ServiceAddresses;
import dev.yado.network.nft.Firewall;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real frames through real TAPs, bridges and tunnels. */
@Timeout(60)
class ForwardingTest {
    @TempDir
    Path directory;

    private TestingCloud cloud;
    private TestingCloud.Host east;
    private TestingCloud.Host west;
    private Port here;
    private Port neighbour;
    private Port there;
    private HostNetwork network;

    @BeforeEach
    void twoHostsWithANetwork() throws IOException {
        cloud = new TestingCloud(directory);
        east = cloud.host();
        west = cloud.host();
        here = cloud.card(east);
        neighbour = cloud.card(east);
        there = cloud.card(west);
        network = TestingCloud.network(4711, here, neighbour, there);
        east.applies(network);
        west.applies(network);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (cloud != null) {
            cloud.close();
        }
    }

    @Test
    void guestsOnOneHostReachEachOther() throws IOException {
        TestingGuest a = east.starts(network, here);
        TestingGuest b = east.starts(network, neighbour);

        a.says("hello", b);
        assertThat(b.hears("hello")).isTrue();
        b.says("hello yourself", a);
        assertThat(a.hears("hello yourself")).isTrue();
    }

    @Test
    void guestsOnDifferentHostsReachEachOther() throws IOException {
        TestingGuest a = east.starts(network, here);
        TestingGuest b = west.starts(network, there);

        a.says("hello", b);
        assertThat(b.hears("hello")).isTrue();
        b.says("hello yourself", a);
        assertThat(a.hears("hello yourself")).isTrue();
    }

    @Test
    void theLargestPacketCrossesTheTunnel() throws IOException {
        TestingGuest a = east.starts(network, here);
        TestingGuest b = west.starts(network, there);
        String text = "x".repeat(TestingCloud.MTU - 28 - 3) + "end";

        a.says(text, b);

        assertThat(b.hears("end")).isTrue();
    }

    @Test
    void whoAsksForACardOnAnotherHostIsAnsweredByItsOwn() throws IOException {
        TestingGuest a = east.starts(network, here);
        TestingGuest b = west.starts(network, there);

        a.sends(Frames.arpRequest(a.mac(), a.ip(), b.ip()));
        assertThat(a.gets(frame -> Frames.isArpReply(frame, b.ip(), b.mac()))).isTrue();
        a.sends(Frames.neighbourSolicitation(a.mac(), a.ip6(), b.ip6()));
        assertThat(a.gets(frame -> Frames.isNeighbourAdvertisement(frame, b.ip6(), b.mac())))
                .isTrue();

        assertThat(sentThroughTheTunnel(east)).isZero();
        a.says("first frame", b);
        assertThat(b.hearsBefore(
                        "first frame", frame -> !Frames.isUdp(frame, "first frame") && !Frames.isListenerReport(frame)))
                .isEmpty();
        assertThat(sentThroughTheTunnel(east)).isOne();
    }

    @Test
    void whatIsForAllOrForNobodyStaysOnTheHost() throws IOException {
        TestingGuest a = east.starts(network, here);
        TestingGuest near = east.starts(network, neighbour);
        TestingGuest far = west.starts(network, there);
        Ip nobody = Ip.parse("10.0.0.99");
        byte[] stranger = new Mac("52:54:00:99:99:99").bytes();

        a.sends(Frames.arpRequest(a.mac(), a.ip(), nobody));
        a.sends(Frames.udp(a.mac(), a.ip(), Frames.BROADCAST, Ip.parse("10.0.0.255"), "to all"));
        a.sends(Frames.udp(a.mac(), a.ip(), stranger, nobody, "to nobody"));
        a.sends(Frames.udp(a.mac(), a.ip(), new byte[] {1, 0, 0x5e, 1, 2, 3}, Ip.parse("239.1.2.3"), "to a group"));
        a.says("marker", near);
        a.says("marker", far);

        assertThat(near.gets(frame -> Frames.isArpRequest(frame, nobody))).isTrue();
        assertThat(near.hearsBefore("marker", frame -> Frames.isUdp(frame, "to nobody")))
                .isEmpty();
        assertThat(far.hearsBefore(
                        "marker", frame -> !Frames.isUdp(frame, "marker") && !Frames.isListenerReport(frame)))
                .isEmpty();
        assertThat(sentThroughTheTunnel(east)).isOne();
    }

    private long sentThroughTheTunnel(TestingCloud.Host host) throws IOException {
        try (var inside = host.inside(network)) {
            return inside.link(Links.TUNNEL).orElseThrow().counters().sentPackets();
        }
    }

    @Test
    void everyHostAnswersForTheServicesItself() throws IOException {
        for (TestingGuest guest : List.of(east.starts(network, here), west.starts(network, there))) {
            for (Ip service : List.of(Ip.parse("10.0.0.2"), ServiceAddresses.METADATA)) {
                guest.sends(Frames.arpRequest(guest.mac(), guest.ip(), service));
                assertThat(guest.gets(frame -> Frames.isArpReply(frame, service, ServiceAddresses.MAC)))
                        .isTrue();
            }
            for (Ip service : List.of(Ip.parse("fd00::2"), ServiceAddresses.LINK_LOCAL)) {
                guest.sends(Frames.neighbourSolicitation(guest.mac(), guest.ip6(), service));
                assertThat(guest.gets(frame -> Frames.isNeighbourAdvertisement(frame, service, ServiceAddresses.MAC)))
                        .isTrue();
            }
        }
    }

    @Test
    void networksWithTheSameAddressesDoNotMeet() throws IOException {
        HostNetwork other = TestingCloud.network(4712, here, there);
        east.applies(other);
        west.applies(other);
        TestingGuest a = east.starts(network, here);
        TestingGuest b = west.starts(network, there);
        TestingGuest twinOfB = west.starts(other, there);

        a.says("for b", b);
        assertThat(b.hears("for b")).isTrue();
        TestingGuest twinOfA = east.starts(other, here);
        twinOfA.says("for the twin", b);
        assertThat(twinOfB.hearsBefore("for the twin", frame -> Frames.isUdp(frame, "for b")))
                .isEmpty();
    }

    @Test
    void aCardThatMovesToAnotherHostIsFollowed() throws IOException {
        TestingGuest b = west.starts(network, there);
        TestingGuest before = east.starts(network, here);
        b.says("before", before);
        assertThat(before.hears("before")).isTrue();
        before.close();

        Port moved = new Port(
                here.id(),
                here.vm(),
                here.mac(),
                here.addresses(),
                "a",
                new Port.Place(true, west.endpoint),
                List.of(),
                List.of(),
                true,
                null);
        HostNetwork now = TestingCloud.with(network, List.of(moved, neighbour, there));
        west.applies(now);
        east.applies(now);

        TestingGuest after = west.starts(now, moved);
        b.says("after", after);
        assertThat(after.hears("after")).isTrue();
        TestingGuest old = east.starts(now, neighbour);
        old.says("across", after);
        assertThat(after.hears("across")).isTrue();
    }

    @Test
    void countsWhatAGuestSendsAndGets() throws IOException {
        TestingGuest a = east.starts(network, here);
        TestingGuest b = east.starts(network, neighbour);

        a.says("hello", b);
        assertThat(b.hears("hello")).isTrue();

        assertThat(counters(here).out().packets()).isOne();
        assertThat(counters(here).out().bytes()).isEqualTo(14 + 28 + "hello".length());
        assertThat(counters(neighbour).in().packets()).isOne();
    }

    private PortCounters counters(Port port) {
        return Objects.requireNonNull(east.driver.counters().get(port.id()));
    }

    @Test
    void aFlatNetworkReachesStationsThatNobodyToldOf() throws IOException {
        HostNetwork flat = TestingCloud.network(new Segment.Flat("dc"), here, there);
        east.applies(flat);
        west.applies(flat);
        TestingGuest a = east.starts(flat, here);
        TestingGuest b = west.starts(flat, there);

        a.sends(Frames.arpRequest(a.mac(), a.ip(), b.ip()));
        assertThat(b.gets(frame -> Frames.isArpRequest(frame, b.ip()))).isTrue();
        a.says("over the data centre", b);
        assertThat(b.hears("over the data centre")).isTrue();
    }

    @Test
    void theDataCentreLearnsWhereACardIsThatHasMovedBeforeTheGuestSaysAnything() throws IOException {
        HostNetwork flat = TestingCloud.network(new Segment.Flat("dc"), here, there);
        east.applies(flat);
        west.applies(flat);
        TestingGuest a = east.starts(flat, here);
        TestingGuest b = west.starts(flat, there);
        a.says("here I am", b);
        assertThat(b.hears("here I am")).isTrue();
        HostNetwork arriving =
                TestingCloud.with(flat, List.of(here.at(new Port.Place(true, east.endpoint, true)), there.at(null)));
        TestingCloud.Host middle = cloud.host();
        assertThat(middle.driver.apply(arriving).problem()).isNull();
        TestingGuest waiting =
                new TestingGuest(here, middle.driver.attach(arriving, here.id()).tap());

        HostNetwork arrived =
                TestingCloud.with(flat, List.of(here.at(new Port.Place(true, middle.endpoint)), there.at(null)));
        middle.driver.arrived(arrived, here.id());
        east.driver.departed(
                TestingCloud.with(flat, List.of(here.at(new Port.Place(false, middle.endpoint)))), here.id());

        b.says("welcome", a);
        assertThat(waiting.hears("welcome")).isTrue();
        waiting.close();
    }

    /** As QEMU does for a guest that has moved; the card's rules let it pass in its own name only. */
    @Test
    void aProcessMayTellTheDataCentreWhereItsCardIs() throws IOException {
        TestingCloud.Host guarded = cloud.host(new Firewall());
        Port card = cloud.card(guarded);
        HostNetwork flat = TestingCloud.network(new Segment.Flat("dc"), card, there);
        guarded.applies(flat);
        west.applies(flat);
        TestingGuest a = guarded.starts(flat, card);
        TestingGuest b = west.starts(flat, there);

        a.sends(Frames.reverseArp(a.mac(), b.mac()));
        a.sends(Frames.reverseArp(a.mac(), a.mac()));

        boolean[] forged = {false};
        assertThat(b.gets(frame -> {
                    forged[0] |= Frames.isReverseArp(frame, b.mac());
                    return Frames.isReverseArp(frame, a.mac());
                }))
                .isTrue();
        assertThat(forged[0]).isFalse();
    }

    @Test
    void aRouterAnswersInItsNetworks() throws IOException {
        NicId nic = NicId.random();
        Mac mac = new Mac("52:54:00:aa:00:01");
        Ip gateway = Ip.parse("10.0.0.1");
        Port leg = new Port(
                nic,
                null,
                mac,
                List.of(gateway),
                null,
                new Port.Place(true, east.endpoint),
                List.of(),
                List.of(),
                false,
                null);
        HostNetwork routed = TestingCloud.with(network, List.of(here, neighbour, there, leg));
        east.applies(routed);
        west.applies(routed);
        HostRouter router = new HostRouter(
                RouterId.random(),
                TenantId.random(),
                "out",
                1,
                List.of(new HostRouter.Leg(nic, network.id(), mac, List.of(new Interface(gateway, 24)))),
                null,
                List.of(),
                List.of(),
                List.of());
        assertThat(east.applies(router)).isNotEmpty();
        east.applies(routed);

        TestingGuest near = east.starts(routed, here);
        near.sends(Frames.arpRequest(near.mac(), near.ip(), gateway));
        assertThat(near.gets(frame -> Frames.isArpReply(frame, gateway, mac))).isTrue();
        TestingGuest far = west.starts(routed, there);
        far.sends(Frames.arpRequest(far.mac(), far.ip(), gateway));
        assertThat(far.gets(frame -> Frames.isArpReply(frame, gateway, mac))).isTrue();
        assertThat(east.applies(router)).isEmpty();
        assertThat(east.applies(routed)).isEmpty();
        assertThat(east.driver.differences(router)).isEmpty();
    }
}
