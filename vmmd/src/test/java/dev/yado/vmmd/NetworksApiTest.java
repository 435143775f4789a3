package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a daemon says and remembers of networks, also where it can carry none. */
@Tag("guest")
class NetworksApiTest {
    private static final Ip ADDRESS = Ip.parse("10.0.0.5");
    private static final Mac MAC = new Mac("52:54:00:00:00:05");

    private static TestingHost host;

    private final NetworkId id = NetworkId.random();
    private final NicId nic = NicId.random();

    @BeforeAll
    static void startHost() throws IOException {
        host = TestingHost.start("--no-networks", "--inventory-seconds", "1");
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    private HostNetwork network(long generation, String cidr) {
        Port port = new Port(
                nic, null, MAC, List.of(ADDRESS), "vm", new Port.Place(true, null), List.of(), List.of(), true, null);
        Subnet subnet = new Subnet(Cidr.parse(cidr), Ip.parse("10.0.0.2"), null, true, List.of(), List.of());
        return new HostNetwork(
                id,
                TenantId.random(),
                "net",
                generation,
                new Segment.Overlay(7),
                1450,
                List.of(subnet),
                List.of(port),
                List.of(),
                List.of());
    }

    private HttpResponse<byte[]> put(HostNetwork network) {
        return host.send(
                "PUT", "/v1/networks/" + network.id(), ProtocolJson.mapper().writeValueAsBytes(network));
    }

    private static NetworkAnswer answer(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).isEqualTo(200);
        return ProtocolJson.mapper().readValue(response.body(), NetworkAnswer.class);
    }

    private static void refused(HttpResponse<byte[]> response, ErrorCode code, String word) {
        assertThat(response.statusCode()).isEqualTo(code.httpStatus());
        assertThat(new String(response.body(), StandardCharsets.UTF_8)).contains(code.name(), word);
    }

    private VmSpec withCard(VmSpec spec) {
        return new VmSpec(
                spec.id(),
                spec.tenantId(),
                spec.name(),
                spec.generation(),
                spec.runEpoch(),
                spec.desired(),
                spec.stop(),
                spec.reboots(),
                spec.shape(),
                spec.autostart(),
                List.of(new NicSpec(nic, id, MAC, List.of(new Interface(ADDRESS, 24)))),
                null);
    }

    @Test
    void saysThatItCarriesNoneAndWhy() {
        HostReport report = ProtocolJson.mapper()
                .readValue(host.send("GET", "/v1/report", new byte[0]).body(), HostReport.class);
        assertThat(report.facts().network())
                .extracting(NetworkFacts::problem)
                .asString()
                .contains("--no-networks");

        assertThat(answer(put(network(1, "10.0.0.0/24"))).problem()).contains("--no-networks");
    }

    @Test
    void refusesWhatIsNotSound() {
        refused(put(network(1, "10.9.0.0/24")), ErrorCode.INVALID_REQUEST, "10.9.0.0/24");
        refused(put(network(0, "10.0.0.0/24")), ErrorCode.INVALID_REQUEST, "generation");
        refused(
                host.send("PUT", "/v1/networks/" + NetworkId.random(), "{}".getBytes(StandardCharsets.UTF_8)),
                ErrorCode.INVALID_REQUEST,
                "HostNetwork");
        refused(
                host.send(
                        "PUT",
                        "/v1/networks/" + NetworkId.random(),
                        ProtocolJson.mapper().writeValueAsBytes(network(1, "10.0.0.0/24"))),
                ErrorCode.INVALID_REQUEST,
                "differ");
    }

    @Test
    void remembersGenerationsBeyondADeletionAndItsOwnDeath() throws IOException {
        put(network(2, "10.0.0.0/24"));
        refused(put(network(1, "10.0.0.0/24")), ErrorCode.STALE_GENERATION, "generation 2 is known");
        assertThat(answer(host.send("DELETE", "/v1/networks/" + id + "?generation=3", new byte[0])))
                .isEqualTo(new NetworkAnswer(3, null));

        host.killDaemon();
        host.startDaemon();

        refused(put(network(2, "10.0.0.0/24")), ErrorCode.STALE_GENERATION, "generation 3 is known");
        assertThat(answer(host.send("DELETE", "/v1/networks/" + id + "?generation=3", new byte[0]))
                        .generation())
                .isEqualTo(3);
    }

    @Test
    void writesItsRecordAgainWhenSomebodyRemovedIt() throws IOException {
        put(network(4, "10.0.0.0/24"));
        var record = host.state().resolve("wanted/networks/" + id + ".json");
        byte[] written = Files.readAllBytes(record);
        Files.delete(record);

        await("the record").atMost(TestingHost.PATIENCE).until(() -> Files.exists(record));
        assertThat(Files.readAllBytes(record)).isEqualTo(written);
    }

    @Test
    void aGuestWithACardNeedsItsNetworkAndOneThatIsCarried() {
        VmSpec spec = withCard(host.spec(host.images().obedientGuest()));
        refused(
                host.send("PUT", "/v1/vms/" + spec.id(), ProtocolJson.mapper().writeValueAsBytes(spec)),
                ErrorCode.NETWORK_NOT_READY,
                id.toString());

        put(network(1, "10.0.0.0/24"));
        host.put(spec);

        host.awaitCause(spec.id(), ObservedState.FAILED, Cause.Code.NETWORK_NOT_READY);
        refused(
                host.send("DELETE", "/v1/networks/" + id + "?generation=2", new byte[0]),
                ErrorCode.CONFLICT,
                spec.id().toString());
        host.delete(spec);
        answer(host.send("DELETE", "/v1/networks/" + id + "?generation=2", new byte[0]));
    }
}
