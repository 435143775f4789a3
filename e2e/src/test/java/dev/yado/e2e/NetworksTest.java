package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two tenants with the same ranges on three hosts: each is a world of its own. Guests say what they can reach. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NetworksTest {
    private static final String RANGE = "10.20.0.0/24";
    private static final String RANGE6 = "fd00:20::/64";
    private static final int PORT = 7000;
    private static final Duration TRICKS = Duration.ofMinutes(3);

    private Cloud cloud;
    private Tenant red;
    private Tenant blue;

    /** Three guests, one on each host, that serve the tenant's name. */
    private static final class Tenant implements AutoCloseable {
        final Api api;
        final Network network;
        final List<Vm> vms;
        final List<Shell> shells;

        Tenant(Cloud cloud, String name) {
            api = cloud.admin().newTenant(name);
            network = Network.create(api, "inner", RANGE, RANGE6);
            vms = List.of(guest("one", "10.20.0.11"), guest("two", "10.20.0.12"), guest("three", "10.20.0.13"));
            vms.forEach(vm -> vm.awaitWords("yado-guest: ready"));
            vms.forEach(vm -> vm.awaitWords("address=" + Network.address4(vm) + "/24"));
            vms.forEach(vm -> vm.awaitWords("address6=" + Network.address6(vm)));
            shells = vms.stream().map(Shell::new).toList();
            shells.forEach(
                    shell -> assertThat(shell.net("serve " + PORT + " " + name)).endsWith(" ok"));
        }

        private Vm guest(String name, String address) {
            return Network.begin(api, name, List.of(network.card(address)));
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
        }
    }

    @BeforeAll
    void twoTenantsOnThreeHosts() {
        cloud = Cloud.start(Map.of(), "--hosts", "3");
        red = new Tenant(cloud, "red");
        blue = new Tenant(cloud, "blue");
    }

    @AfterAll
    void end() {
        red.close();
        blue.close();
        cloud.end();
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
                                + " host=127.0.0.1",
                        TRICKS);
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
        org.awaitility.Awaitility.await(question + " to be answered by" + answer)
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(shell.net(question) + " ").contains(answer));
    }

    @Test
    void trafficGoesOnWhileTheDaemonIsDeadAndAfterIt() {
        int stream = red.shell(1).begin("net stream 10.20.0.13 " + PORT + " 20");

        cloud.killAndAwaitSuccessor("host-1");
        cloud.killAndAwaitSuccessor("host-3");

        String said = red.shell(1).answer(stream, Duration.ofSeconds(60));
        assertThat(said).contains(" ok rounds=");
        Matcher gap = Pattern.compile("gap-ms=(\\d+)").matcher(said);
        assertThat(gap.find()).isTrue();
        // A lost packet would be sent again after 200 ms at the earliest; a busy machine takes its time too.
        assertThat(Integer.parseInt(gap.group(1))).as(said).isLessThan(3_000);
        Vm late = Network.begin(red.api, "late", List.of(red.network.card("10.20.0.99")));
        late.awaitWords("address=10.20.0.99/24");
        late.delete();
    }
}
