package dev.yado.network.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.kernel.TapDevice;
import dev.yado.network.Difference;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real dnsmasq in a namespace of its own, asked by cards whose guests are the test. */
class AddressServiceTest {
    private static final int NO_SUCH_NAME = 3;
    private static final int REFUSED = 5;
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);

    @TempDir
    Path directory;

    private ProcessWatcher watcher;
    private ServedNetwork served;
    private AddressService service;

    @BeforeEach
    void aNetwork() throws IOException {
        assumeTrue(AddressService.find().isPresent(), "needs dnsmasq (package dnsmasq-base)");
        served = new ServedNetwork(directory);
        watcher = ProcessWatcher.start();
        service = another();
    }

    @AfterEach
    void leavesNothing() throws IOException {
        if (served != null) {
            service.remove(Shop.ID, served.ground());
            assertThat(processes()).isEmpty();
            assertThat(served.ground().directory()).isEmptyDirectory();
            served.close();
            watcher.close();
        }
    }

    private AddressService another() {
        return new AddressService(watcher, AddressService.find().orElseThrow(), "nobody");
    }

    private List<Long> processes() {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> ProcFs.ofHost()
                            .process(process.pid())
                            .filter(info -> info.commandLine().toString().contains(directory + "/network/dnsmasq"))
                            .isPresent())
                    .map(ProcessHandle::pid)
                    .toList();
        }
    }

    private boolean known(String name, Ip server) throws IOException {
        return DnsQuestion.known(served.ground().namespace(), server, name, Duration.ofMillis(1));
    }

    private Optional<DhcpClient.Answer> lease(TapDevice card, Port port) throws IOException {
        return lease(DhcpClient.ofBroadcasts(card, port.mac()));
    }

    private static Optional<DhcpClient.Answer> lease(DhcpClient client) throws IOException {
        Optional<DhcpClient.Answer> offer = asked(client, DhcpClient.DISCOVER, Optional.empty(), DhcpClient.OFFER);
        return offer.isEmpty()
                ? offer
                : asked(client, DhcpClient.REQUEST, Optional.of(offer.get().address()), DhcpClient.ACK);
    }

    /** Said again as clients do, since nothing says that a frame has got through. */
    private static Optional<DhcpClient.Answer> asked(DhcpClient client, int kind, Optional<Ip> wanted, int expected)
            throws IOException {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (System.nanoTime() < deadline) {
            client.send(kind, wanted);
            Optional<DhcpClient.Answer> answer = client.answer(BETWEEN_QUESTIONS);
            if (answer.isPresent() && answer.get().kind() == expected) {
                return answer;
            }
        }
        return Optional.empty();
    }

    @Test
    void lendsAGuestItsAddressAndTellsItTheRest() throws IOException {
        Port web = Shop.port("web", 5);
        service.apply(served.ground(), Shop.network(web));

        DhcpClient.Answer lease = lease(served.card(web), web).orElseThrow();

        assertThat(lease.kind()).isEqualTo(DhcpClient.ACK);
        assertThat(lease.address()).isEqualTo(Ip.parse("10.0.0.5"));
        assertThat(lease.options().get(DhcpClient.MTU)).isEqualTo(new byte[] {1450 >> 8, (byte) 1450});
        assertThat(HexFormat.of().formatHex(lease.options().get(DhcpClient.ROUTES)))
                .isEqualTo("20a9fea9fe0a000002" + "100a090a000007" + "000a000001");
    }

    @Test
    void aStrangerGetsNothing() throws IOException {
        Port web = Shop.port("web", 5);
        Port stranger = Shop.port("stranger", 66);
        service.apply(served.ground(), Shop.network(web));
        TapDevice card = served.card(stranger);

        DhcpClient client = DhcpClient.ofBroadcasts(card, stranger.mac());
        client.send(DhcpClient.DISCOVER, Optional.empty());
        client.send(DhcpClient.REQUEST, Optional.of(web.addresses().get(0)));

        // Served in order: whoever has the lease of a later question has had the time for an answer to the earlier
        // ones.
        assertThat(lease(served.card(web), web)).isPresent();
        assertThat(client.answer(Duration.ofMillis(1)).filter(answer -> answer.kind() != 6))
                .isEmpty();
    }

    @Test
    void knowsTheNamesOfAllPortsAndNoOthers() throws IOException {
        service.apply(served.ground(), Shop.network(Shop.port("web", 5), Shop.port("db", 6)));

        for (String name : List.of("web", "WEB.shop.internal", "db.shop.internal")) {
            assertThat(known(name, Shop.SERVICE)).as(name).isTrue();
            assertThat(known(name, Shop.SERVICE6)).as(name).isTrue();
        }
        for (String name : List.of("nobody", "nobody.shop.internal", "web.other.internal", "example.org")) {
            assertThat(known(name, Shop.SERVICE)).as(name).isFalse();
        }
    }

    @Test
    void refusesNamesOfTheWorldSoThatGuestsAskTheServersThatTheyAreTold() throws IOException {
        Port web = Shop.port("web", 5);
        service.apply(served.ground(), Shop.network(web));

        DhcpClient.Answer lease = lease(served.card(web), web).orElseThrow();

        assertThat(lease.options().get(DhcpClient.DNS)).isEqualTo(new byte[] {10, 0, 0, 2, (byte) 192, 0, 2, 53});
        assertThat(code("example.org")).isEqualTo(REFUSED);
        assertThat(code("web.other.internal")).isEqualTo(REFUSED);
        assertThat(code("nobody.shop.internal")).isEqualTo(NO_SUCH_NAME);
        assertThat(code("web.shop.internal")).isZero();
    }

    private int code(String name) throws IOException {
        return DnsQuestion.ask(served.ground().namespace(), Shop.SERVICE, name)
                .orElseThrow()
                .code();
    }

    @Test
    void aChangeOfPortsIsReadByTheSameProcess() throws IOException {
        Port web = Shop.port("web", 5);
        service.apply(served.ground(), Shop.network(web));
        List<Long> before = processes();
        Port db = Shop.port("db", 6);
        HostNetwork changed = Shop.network(web, db);

        assertThat(service.apply(served.ground(), changed))
                .extracting(Difference::kind)
                .containsOnly(Difference.Kind.CHANGED);

        assertThat(processes()).isEqualTo(before);
        assertThat(known("db", Shop.SERVICE)).isTrue();
        assertThat(lease(served.card(db), db).orElseThrow().address()).isEqualTo(Ip.parse("10.0.0.6"));
        assertThat(service.apply(served.ground(), changed)).isEmpty();
    }

    @Test
    void anAddressCanBeLentToAnotherStationAtOnce() throws IOException {
        Port first = Shop.port("first", 5);
        service.apply(served.ground(), Shop.network(first));
        assertThat(lease(served.card(first), first)).isPresent();
        service.apply(served.ground(), Shop.network());
        Port other = Shop.port("second", 6);
        Port second = new Port(
                other.id(),
                other.vm(),
                other.mac(),
                first.addresses(),
                "second",
                other.place(),
                List.of(),
                List.of(),
                true,
                null);

        service.apply(served.ground(), Shop.network(second));

        assertThat(lease(served.card(second), second).orElseThrow().address())
                .isEqualTo(first.addresses().get(0));
    }

    @Test
    void outlivesTheDaemonAndIsTakenBack() throws IOException {
        HostNetwork network = Shop.network(Shop.port("web", 5));
        service.apply(served.ground(), network);
        List<Long> before = processes();
        assertThat(before).hasSize(1);

        AddressService successor = another();

        assertThat(successor.differences(served.ground(), network)).isEmpty();
        assertThat(successor.apply(served.ground(), network)).isEmpty();
        assertThat(processes()).isEqualTo(before);
    }

    @Test
    void isMissedWhenItDiedAndComesBack() throws Exception {
        HostNetwork network = Shop.network(Shop.port("web", 5));
        service.apply(served.ground(), network);
        ProcessHandle process = ProcessHandle.of(processes().getFirst()).orElseThrow();
        process.destroyForcibly();
        process.onExit().get();

        assertThat(service.differences(served.ground(), network))
                .containsExactly(Difference.missing("the DHCP and DNS service (dnsmasq)"));
        service.apply(served.ground(), network);

        assertThat(service.differences(served.ground(), network)).isEmpty();
        assertThat(known("web", Shop.SERVICE)).isTrue();
    }

    @Test
    void seesThatSomebodyHasChangedItsFiles() throws IOException {
        HostNetwork network = Shop.network(Shop.port("web", 5));
        service.apply(served.ground(), network);
        Files.writeString(served.ground().directory().resolve("dnsmasq/leases"), "52:54:00:66:66:66,10.0.0.5\n");

        assertThat(service.apply(served.ground(), network))
                .containsExactly(Difference.changed("the leases of the DHCP and DNS service"));
        assertThat(service.differences(served.ground(), network)).isEmpty();
    }

    @Test
    void listensInItsNamespaceOnly() throws IOException {
        service.apply(served.ground(), Shop.network());
        long pid = processes().getFirst();
        List<String> own = sockets(Path.of("/proc/" + pid + "/fd"));

        assertThat(own).isNotEmpty();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6", "raw6", "packet")) {
            for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
                assertThat(own).doesNotContainAnyElementsOf(List.of(line.strip().split("\\s+")));
            }
        }
    }

    private static List<String> sockets(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString();
                        } catch (IOException e) {
                            return "";
                        }
                    })
                    .filter(target -> target.startsWith("socket:["))
                    .map(target -> target.replaceAll("\\D", ""))
                    .toList();
        }
    }

    @Test
    void saysWhyItDoesNotStart() throws IOException {
        AddressService broken =
                new AddressService(watcher, AddressService.find().orElseThrow(), "no-such-user");

        assertThatThrownBy(() -> broken.apply(served.ground(), Shop.network()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not start")
                .hasMessageContaining("no-such-user");
    }

    @Test
    void endsWhenTheLastSubnetGoes() throws IOException {
        service.apply(served.ground(), Shop.network());
        assertThat(processes()).hasSize(1);

        HostNetwork bare = Shop.network("Shop", List.of());
        service.apply(served.ground(), bare);

        assertThat(processes()).isEmpty();
        assertThat(service.differences(served.ground(), bare)).isEmpty();
    }
}
