package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.ServiceAddresses;
import dev.yado.network.nft.Firewall;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts that carry one provider network with guests on both, and a station of the data centre that hears all on the wire. */
@Timeout(60)
class WireTest {
    private static final Ip SERVICE = Ip.parse("10.0.0.2");
    private static final Ip SERVICE6 = Ip.parse("fd00::2");

    @TempDir
    Path directory;

    private TestingCloud cloud;
    private TestingGuest one;
    private TestingGuest two;
    private TestingGuest station;

    @BeforeEach
    void plugIn() throws IOException {
        cloud = new TestingCloud(directory);
        TestingCloud.Host east = cloud.host(new Firewall());
        TestingCloud.Host west = cloud.host(new Firewall());
        TestingCloud.Host bare = cloud.host();
        Port first = cloud.card(east);
        Port second = cloud.card(west);
        Port outside = cloud.card(bare);
        HostNetwork flat = TestingCloud.network(new Segment.Flat("dc"), first, second);
        east.applies(flat);
        west.applies(flat);
        one = east.starts(flat, first);
        two = west.starts(flat, second);
        HostNetwork wire = TestingCloud.network(new Segment.Flat("dc"), outside);
        HostNetwork withoutServices = new HostNetwork(
                wire.id(),
                wire.tenantId(),
                "dc",
                1,
                wire.segment(),
                wire.mtu(),
                List.of(),
                wire.ports(),
                List.of(),
                List.of());
        bare.applies(withoutServices);
        station = bare.starts(withoutServices, outside);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (cloud != null) {
            cloud.close();
        }
    }

    @Test
    void everyGuestIsAnsweredByItsOwnHostAndTheWireHearsNothingOfIt() throws IOException {
        for (TestingGuest guest : List.of(one, two)) {
            for (Ip service : List.of(SERVICE, ServiceAddresses.METADATA)) {
                guest.sends(Frames.arpRequest(guest.mac(), guest.ip(), service));
                assertThat(guest.gets(frame -> Frames.isArpReply(frame, service, ServiceAddresses.MAC)))
                        .isTrue();
            }
            guest.sends(Frames.neighbourSolicitation(guest.mac(), guest.ip6(), SERVICE6));
            assertThat(guest.gets(frame -> Frames.isNeighbourAdvertisement(frame, SERVICE6, ServiceAddresses.MAC)))
                    .isTrue();
            guest.sends(Frames.arpRequest(guest.mac(), guest.ip(), station.ip()));
            boolean[] heard = {false};
            assertThat(station.gets(frame -> {
                        heard[0] |= isOfServices(frame)
                                || Frames.isArpRequest(frame, SERVICE)
                                || Frames.isArpRequest(frame, ServiceAddresses.METADATA);
                        return Frames.isArpRequest(frame, station.ip());
                    }))
                    .as("what is meant for the data centre gets there")
                    .isTrue();
            assertThat(heard[0]).isFalse();
        }
    }

    @Test
    void theDataCentreIsNotServed() throws IOException {
        station.sends(Frames.arpRequest(station.mac(), station.ip(), SERVICE));
        station.sends(Frames.neighbourSolicitation(station.mac(), station.ip6(), SERVICE6));
        station.sends(Frames.arpRequest(station.mac(), station.ip(), one.ip()));

        assertThat(one.gets(frame -> Frames.isArpRequest(frame, one.ip()))).isTrue();
        one.sends(Frames.arpRequest(one.mac(), one.ip(), station.ip()));
        boolean[] answered = {false};
        assertThat(station.gets(frame -> {
                    answered[0] |= isOfServices(frame);
                    return Frames.isArpRequest(frame, station.ip());
                }))
                .isTrue();
        assertThat(answered[0]).isFalse();
    }

    /** Of any host's services. What the bridge of the station's own host reports does not come over the wire. */
    private static boolean isOfServices(byte[] frame) {
        return Frames.isFrom(frame, ServiceAddresses.MAC) && !Frames.isListenerReport(frame);
    }
}
