package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Two tenants with the same ranges on three hosts: each is a world of its own. Guests say what they can reach. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NetworksTest {
    private static final String RANGE = "10.20.0.0/24";
    private static final String RANGE6 = "fd00:20::/64";
    /** Where each guest says its tenant's name, and where its own. */
    private static final int PORT = 7000;

    private static final int OWN_PORT = 7001;

    /**
     * Tricks that get an answer and gain nothing by it: the name service is asked at another of its addresses, or for its version;
     * a wish for another's address is answered by a refusal.
     */
    private static final List<String> EXPECTED_ANSWERS =
            List.of(" tcp-metadata-other-ports ", " names-version ", " dhcp-take-victims-address ");

    private static final Duration TRICKS = Duration.ofMinutes(3);

    private Cloud cloud;
    private final List<Tenant> tenants = new ArrayList<>();
    private Tenant red;
    private Tenant blue;

    /** Three guests, one on each host, that serve the tenant's name. */
    private static final class Tenant implements AutoCloseable {
        final Api api;
        final Network network;
        final List<Vm> vms;
        List<Shell> shells = List.of();

        Tenant(Cloud cloud, String name) {
            api = cloud.admin().newTenant(name);
            network = Network.create(api, "inner", RANGE, RANGE6);
            vms = List.of(guest("one", "10.20.0.11"), guest("two", "10.20.0.12"), guest("three", "10.20.0.13"));
            vms.forEach(vm -> vm.awaitWords("yado-guest: ready"));
            vms.forEach(vm -> vm.awaitWords("address=" + Network.address4(vm) + "/24"));
            vms.forEach(vm -> vm.awaitWords("address6=" + Network.address6(vm)));
            sitDown();
            for (int guest = 1; guest <= vms.size(); guest++) {
                assertThat(shell(guest).net("serve " + PORT + " " + name)).endsWith(" ok");
                assertThat(shell(guest)
                                .net("serve " + OWN_PORT + " " + vm(guest).name()))
                        .endsWith(" ok");
            }
        }

        private Vm guest(String name, String address) {
            return Network.begin(api, name, List.of(network.card(address)));
        }

        /** At all guests' consoles, also again. */
        void sitDown() {
            shells.forEach(Shell::close);
            shells = vms.stream().map(Shell::at).toList();
        }

        Vm vm(int number) {
            return vms.get(number - 1);
        }

        Shell shell(int number) {
            return shells.get(number - 1);
        }

        @Override
        public void close() {
            shells.forEach(Shell::close);
            vms.forEach(Vm::delete);
        }
    }

    @BeforeAll
    void twoTenantsOnThreeHosts() {
        cloud = Cloud.shared();
        red = tenant("red");
        blue = tenant("blue");
    }

    private Tenant tenant(String name) {
        Tenant tenant = new Tenant(cloud, name);
        tenants.add(tenant);
        return tenant;
    }

    @AfterAll
    void end() {
        tenants.forEach(Tenant::close);
    }

    @Test
    void guestsAreOnDifferentHosts() {
        assertThat(red.vms).extracting(vm -> vm.show().get("hostId").asString()).doesNotHaveDuplicates();
    }

    @Test
    void guestsOfOneNetworkTalkWhereverTheyAre() {
        for (String address :
                List.of("10.20.0.12", "10.20.0.13", Network.address6(red.vm(2)), Network.address6(red.vm(3)))) {
            assertThat(red.shell(1).net("ping " + address + " 3")).endsWith(" ok 3/3");
            assertThat(red.shell(1).net("tcp " + address + " " + PORT)).contains(" ok red ");
            assertThat(red.shell(1).net("udp " + address + " " + PORT + " hello"))
                    .contains(" ok red ");
        }
        int mtu =
                Integer.parseInt(red.shell(1).run("cat /sys/class/net/eth0/mtu").strip());
        assertThat(red.shell(1).net("ping 10.20.0.12 3 " + (mtu - 28)))
                .as("whole packets of %d", mtu)
                .endsWith(" ok 3/3");
    }

    @Test
    void theSameAddressesOfAnotherTenantAreAnotherWorld() {
        assertThat(red.shell(1).net("tcp 10.20.0.12 " + PORT)).contains(" ok red ");
        assertThat(blue.shell(1).net("tcp 10.20.0.12 " + PORT)).contains(" ok blue ");
        Vm onlyRed = Network.begin(red.api, "only-red", List.of(red.network.card("10.20.0.77")));
        onlyRed.awaitWords("address=10.20.0.77/24");

        assertThat(red.shell(1).net("ping 10.20.0.77 2")).endsWith(" ok 2/2");
        for (Shell shell : blue.shells) {
            assertThat(shell.net("ping 10.20.0.77 2")).endsWith(" 0/2");
        }
        onlyRed.delete();
    }

    @Test
    void namesOfGuestsAreFoundInTheirNetwork() {
        assertThat(red.shell(1).net("resolve two A")).contains("10.20.0.12");
        assertThat(red.shell(1).net("resolve two.inner.internal A")).contains("10.20.0.12");
        assertThat(red.shell(1).net("resolve three AAAA")).contains(Network.address6(red.vm(3)));
        assertThat(red.shell(1).net("resolve 10.20.0.12 PTR")).contains("two");
    }

    @Test
    void theMetadataServiceKnowsWhoAsks() {
        assertThat(red.shell(1).net("metadata /latest/meta-data/hostname"))
                .contains(" 200 ")
                .contains("one");
        assertThat(red.shell(2).net("metadata /latest/meta-data/hostname"))
                .contains(" 200 ")
                .contains("two");
        assertThat(blue.shell(2).net("metadata /latest/meta-data/local-ipv4")).endsWith("10.20.0.12");
    }

    /** What an ordinary user of a guest can send, and what root can forge: none of it reaches another tenant, nor the host. */
    @Test
    void noTrickReachesAnotherTenant() {
        assertThat(tricksOf(red, 1, "", blue, 1)).isEmpty();
        assertThat(tricksOf(red, 1, "-u", blue, 1)).isEmpty();
        assertThat(tricksOf(blue, 3, "", red, 1)).isEmpty();
        // All of them go on as if nothing had been.
        guestsOfOneNetworkTalkWhereverTheyAre();
        namesOfGuestsAreFoundInTheirNetwork();
    }

    /** @return the tricks that the listener has heard, as {@code probe hear} names them */
    private static List<String> tricksOf(Tenant liar, int from, String asWhom, Tenant listener, int at) {
        Vm victim = liar.vm(2);
        int hearing = listener.shell(at).begin("probe hear 45");
        String sent = liar.shell(from)
                .run(
                        "probe send " + asWhom + " victim=" + Network.address4(victim) + " victim6="
                                + Network.address6(victim)
                                + " victim-mac=" + Network.mac(victim) + " service=10.20.0.2 gateway=10.20.0.1"
                                + " foreign=" + Network.address4(listener.vm(at)) + " foreign6="
                                + Network.address6(listener.vm(at)) + " foreign-mac=" + Network.mac(listener.vm(at))
                                + " host=192.168.100.1",
                        TRICKS);
        assertThat(sent.lines().filter(line -> line.matches("probe \\d+ .*answered \\d+")))
                .as(sent)
                .allMatch(line -> EXPECTED_ANSWERS.stream().anyMatch(line::contains));
        Matcher done = Pattern.compile("probe done tricks=(\\d+) sent=(\\d+)").matcher(sent);
        assertThat(done.find()).as(sent).isTrue();
        assertThat(Integer.parseInt(done.group(1))).isGreaterThanOrEqualTo(30);
        assertThat(Integer.parseInt(done.group(2))).as(sent).isPositive();
        return listener.shell(at)
                .answer(hearing, Duration.ofMinutes(2))
                .lines()
                .filter(line -> line.matches("hear \\d+ .*"))
                .toList();
    }

    @Test
    void aSecurityGroupLetsInWhatItNamesAndAChangeHoldsAtOnce() {
        String group = red.api
                .post("/v1/security-groups", Map.of("name", "web"))
                .get("id")
                .asString();
        Vm web = Network.begin(
                red.api,
                "web",
                List.of(Map.of(
                        "networkId", red.network.id(), "address", "10.20.0.80", "securityGroupIds", List.of(group))));
        web.awaitWords("address=10.20.0.80/24");
        try (Shell shell = new Shell(web)) {
            assertThat(shell.net("serve 80 page")).endsWith(" ok");
            assertThat(shell.net("serve 81 secret")).endsWith(" ok");
            assertThat(red.shell(1).net("tcp 10.20.0.80 80")).endsWith(" timeout");

            String rule = red.api
                    .post(
                            "/v1/security-groups/" + group + "/rules",
                            Map.of(
                                    "direction",
                                    "IN",
                                    "family",
                                    "IPV4",
                                    "protocol",
                                    "TCP",
                                    "portMin",
                                    80,
                                    "portMax",
                                    80))
                    .get("id")
                    .asString();
            awaitAnswer(red.shell(1), "tcp 10.20.0.80 80", " ok page ");
            assertThat(red.shell(1).net("tcp 10.20.0.80 81")).endsWith(" timeout");
            assertThat(red.shell(1).net("ping 10.20.0.80")).endsWith(" 0/1");

            red.api.delete("/v1/security-groups/" + group + "/rules/" + rule);
            awaitAnswer(red.shell(1), "tcp 10.20.0.80 80", " timeout");
        }
        web.delete();
    }

    private static void awaitAnswer(Shell shell, String question, String answer) {
        await(question + " to be answered by" + answer)
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(shell.net(question) + " ").contains(answer));
    }

    /** The data centre's end of the fabric knows no tenant's range, so what it answers came from an address of its own network. */
    @Test
    void guestsReachTheDataCentreAndAreReachedWhereAFloatingIpLeads() throws Exception {
        DataCentre outside = DataCentre.of(cloud);
        String router = red.api
                .post("/v1/routers", Map.of("name", "edge", "external", Map.of("networkId", outside.network())))
                .get("id")
                .asString();
        for (String subnet : red.network.subnets()) {
            red.api.put("/v1/routers/" + router + "/subnets/" + subnet, Map.of());
        }
        awaitAnswer(red.shell(1), "ping 203.0.113.1 2", " ok 2/2 ");
        awaitAnswer(red.shell(3), "ping 2001:db8:203::1 2", " ok 2/2 ");
        assertThat(blue.shell(1).net("ping 203.0.113.1 2")).endsWith(" 0/2");

        String floating = red.api
                .post("/v1/floating-ips", Map.of("networkId", outside.network(), "address", "203.0.113.50"))
                .get("id")
                .asString();
        red.api.put("/v1/floating-ips/" + floating, Map.of("nicId", Network.card(red.vm(1))));
        assertThat(outside.ask("203.0.113.50", OWN_PORT))
                .as("no rule lets it in")
                .isEmpty();
        assertThat(trace(red, red.vm(2), "203.0.113.1").get("passes").asBoolean())
                .isTrue();
        letIn(red, OWN_PORT);
        outside.awaitAnswer("203.0.113.50", OWN_PORT, "one 203.0.113.1");

        red.api.put("/v1/floating-ips/" + floating, Map.of("nicId", Network.card(red.vm(3))));
        outside.awaitAnswer("203.0.113.50", OWN_PORT, "three 203.0.113.1");

        String floating6 = red.api
                .post("/v1/floating-ips", Map.of("networkId", outside.network(), "address", "2001:db8:203::50"))
                .get("id")
                .asString();
        red.api.put("/v1/floating-ips/" + floating6, Map.of("nicId", Network.card(red.vm(2))));
        outside.awaitAnswer("2001:db8:203::50", OWN_PORT, "two 2001:db8:203::1");

        JsonNode forwarded =
                red.api.post("/v1/floating-ips", Map.of("networkId", outside.network(), "address", "203.0.113.51"));
        red.api.post(
                "/v1/floating-ips/" + forwarded.get("id").asString() + "/port-forwardings",
                Map.of("protocol", "TCP", "port", 80, "nicId", Network.card(red.vm(2)), "targetPort", OWN_PORT));
        outside.awaitAnswer("203.0.113.51", 80, "two 203.0.113.1");
        // A guest of the network reaches it there too.
        assertThat(red.shell(1).net("tcp 203.0.113.51 80")).contains(" ok two ");

        for (JsonNode taken : red.api.get("/v1/floating-ips").get("items")) {
            red.api.delete("/v1/floating-ips/" + taken.get("id").asString());
        }
        red.api.delete("/v1/routers/" + router);
        awaitAnswer(red.shell(1), "ping 203.0.113.1 1", " 0/1 ");
    }

    @Test
    void aTraceNamesWhatStopsAPacket() {
        assertThat(trace(red, red.vm(1), Network.address4(red.vm(2)))
                        .get("passes")
                        .asBoolean())
                .isTrue();
        JsonNode nowhere = trace(blue, blue.vm(1), "198.51.100.7");
        assertThat(nowhere.get("passes").asBoolean()).isFalse();
        assertThat(nowhere.get("stoppedBy").get("stop").asString()).isEqualTo("ROUTE_MISSING");
    }

    private static JsonNode trace(Tenant tenant, Vm from, String to) {
        return tenant.api.post(
                "/v1/network-traces", Map.of("fromVmId", from.id(), "toAddress", to, "protocol", "ICMP"));
    }

    private static void letIn(Tenant tenant, int port) {
        for (JsonNode group : tenant.api.get("/v1/security-groups").get("items")) {
            if (group.get("name").asString().equals("default")) {
                for (String family : List.of("IPV4", "IPV6")) {
                    tenant.api.post(
                            "/v1/security-groups/" + group.get("id").asString() + "/rules",
                            Map.of(
                                    "direction",
                                    "IN",
                                    "family",
                                    family,
                                    "protocol",
                                    "TCP",
                                    "portMin",
                                    port,
                                    "portMax",
                                    port));
                }
            }
        }
    }

    @Test
    void trafficGoesOnWhileTheDaemonIsDeadAndAfterIt() {
        red.shell(1).run("{ (net stream 10.20.0.13 " + PORT + " 15 >/tmp/stream; echo over >>/tmp/stream) & }");

        Cloud.hosts().forEach(cloud::killAndAwaitSuccessor);

        // Consoles go through the daemons.
        tenants.forEach(Tenant::sitDown);
        await("the stream to end")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(red.shell(1).run("cat /tmp/stream")).contains("over"));
        String said = red.shell(1).run("cat /tmp/stream");
        assertThat(said).contains(" ok rounds=");
        Matcher gap = Pattern.compile("gap-ms=(\\d+)").matcher(said);
        assertThat(gap.find()).isTrue();
        // A connection that had to begin anew would have been silent for longer.
        assertThat(Integer.parseInt(gap.group(1))).as(said).isLessThan(3_000);
        Vm late = Network.begin(red.api, "late", List.of(red.network.card("10.20.0.99")));
        late.awaitWords("address=10.20.0.99/24");
        assertThat(red.shell(1).net("ping 10.20.0.99 2")).endsWith(" ok 2/2");
        late.delete();
    }
}
