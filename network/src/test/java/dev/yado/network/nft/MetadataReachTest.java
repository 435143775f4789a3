package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.v4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.ServiceAddresses;
import dev.yado.network.linux.Links;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroupId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataReachTest {
    private static final int SYN = 2;
    private static final int SYN_ACK = 0x12;
    private static final int TTL = 14 + 8;
    private static final int FLAGS = 14 + 20 + 13;

    private final SecurityGroupId group = SecurityGroupId.random();
    private final Port guest = Samples.port(1, group);
    private final HostNetwork network = Samples.network(List.of(guest), Samples.open(group));

    @TempDir
    Path directory;

    private TestingBridge bridge;

    @BeforeEach
    void aBridgeWithTheServicesAddress() throws IOException {
        bridge = new TestingBridge(directory);
        bridge.ip("link", "set", Links.BRIDGE, "address", ServiceAddresses.MAC.text());
        bridge.ip("addr", "add", ServiceAddresses.METADATA + "/32", "dev", Links.BRIDGE);
        bridge.ip("addr", "add", "10.0.0.2/16", "dev", Links.BRIDGE);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    /** So that nothing behind a guest, such as a container of it, can read what the guest is told. */
    @Test
    void anAnswerGoesNoFurtherThanTheGuest() throws IOException {
        TestingBridge.Card card = bridge.plug(new Firewall(), network, guest);
        Mac mac = guest.mac();
        bridge.ip("neigh", "add", v4(guest).toString(), "lladdr", mac.text(), "dev", Links.BRIDGE);
        InetAddress metadata = ServiceAddresses.METADATA.inet();
        try (ServerSocket _ = bridge.ground().namespace().call(() -> new ServerSocket(80, 8, metadata))) {
            byte[] syn = Frames.tcp(v4(guest), ServiceAddresses.METADATA, 40_000, 80, 1000, 0, SYN);
            card.send(Frames.ethernet(
                    ServiceAddresses.MAC, mac, Frames.IPV4, Frames.ip(v4(guest), ServiceAddresses.METADATA, 6, syn)));

            Optional<byte[]> answer = card.nextSoon();
            while (answer.isPresent() && answer.get()[FLAGS] != SYN_ACK) {
                answer = card.nextSoon();
            }
            assertThat(answer).isPresent();
            assertThat(answer.get()[TTL]).isEqualTo((byte) 1);
        }
    }
}
