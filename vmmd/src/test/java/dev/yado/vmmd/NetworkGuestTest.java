package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Guests with cards, and what becomes of their packets when the daemon, the machine or somebody else does something. */
@Tag("guest")
class NetworkGuestTest {
    private static final TenantId TENANT = TenantId.random();

    private final NetworkId network = NetworkId.random();
    private final List<Port> ports = new ArrayList<>();
    private final SecurityGroup open = openGroup();
    private TestingUnderlay underlay;
    private TestingHost host;
    private long generation;

    @BeforeEach
    void start() throws IOException {
        underlay = TestingUnderlay.make();
        host = TestingHost.start(underlay.options("--qemu-user", "65534:65534", "--inventory-seconds", "1"));
    }

    @AfterEach
    void end() throws IOException {
        try {
            ports.clear();
            host.guests().forEach(TestingHost::kill);
        } finally {
            host.killDaemon();
            TestingUnderlay.loseNetworks(host.state());
            host.close();
            underlay.close();
        }
    }

    private static SecurityGroup openGroup() {
        List<SecurityRule> rules = new ArrayList<>();
        for (SecurityRule.Direction direction : SecurityRule.Direction.values()) {
            for (SecurityRule.Family family : SecurityRule.Family.values()) {
                rules.add(new SecurityRule(
                        UUID.randomUUID(), direction, family, SecurityRule.Protocol.ANY, null, null, null, null));
            }
        }
        return new SecurityGroup(SecurityGroupId.random(), "open", rules);
    }

    private HostNetwork network() {
        Subnet subnet = new Subnet(Cidr.parse("10.0.0.0/24"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of());
        return new HostNetwork(
                network,
                TENANT,
                "net",
                ++generation,
                new Segment.Overlay(4711),
                1500,
                List.of(subnet),
                ports,
                List.of(open),
                List.of());
    }

    private void putNetwork() {
        HttpResponse<byte[]> answer = host.send(
                "PUT", "/v1/networks/" + network, ProtocolJson.mapper().writeValueAsBytes(network()));
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        assertThat(ProtocolJson.mapper().readValue(answer.body(), NetworkAnswer.class))
                .isEqualTo(new NetworkAnswer(generation, null));
    }

    /** A guest of the network, at 10.0.0.{@code number}. */
    private VmSpec guest(int number, @Nullable Autostart autostart) throws IOException {
        VmSpec plain = host.spec(new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(), kernel()));
        Mac mac = new Mac("52:54:00:00:00:%02x".formatted(number));
        Ip address = Ip.parse("10.0.0." + number);
        NicId nic = NicId.random();
        ports.add(new Port(
                nic,
                plain.id(),
                mac,
                List.of(address),
                "guest" + number,
                new Port.Place(true, null),
                List.of(),
                List.of(open.id()),
                true,
                null));
        return new VmSpec(
                plain.id(),
                TENANT,
                "guest" + number,
                plain.generation(),
                plain.runEpoch(),
                plain.desired(),
                plain.stop(),
                0,
                plain.shape(),
                autostart,
                List.of(new NicSpec(nic, network, mac, List.of(new Interface(address, 24)))),
                new GuestSetup("guest" + number, List.of("ssh-ed25519 AAAA test"), null));
    }

    private DirectBoot kernel() throws IOException {
        return new DirectBoot(
                host.images().witness("vmlinuz", ImageFormat.RAW),
                host.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
    }

    private void awaitAddress(VmSpec guest, int number) {
        host.awaitSerial(guest.id(), 0, "address=10.0.0." + number + "/24");
    }

    private void awaitMatch(VmSpec guest, String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        await(pattern + " on the serial port")
                .atMost(TestingHost.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> host.serial(guest.id(), 0),
                        said -> wanted.matcher(said).find());
    }

    private Path namespace() throws IOException {
        List<Path> found = TestingUnderlay.namespacesBelow(host.state());
        assertThat(found).as("one namespace for one network").hasSize(1);
        return found.getFirst();
    }

    @Test
    void guestsGetTheirAddressesAndLoseNoPacketWhileTheDaemonIsDead() throws IOException {
        VmSpec one = guest(11, null);
        VmSpec two = guest(12, null);
        putNetwork();
        host.put(one);
        host.put(two);
        awaitAddress(one, 11);
        awaitAddress(two, 12);

        host.type(
                one.id(),
                "for each in 1 2 3 4 5; do ping -c 15 10.0.0.12 >/run/p$each & sleep 0.2; done; wait; cat /run/p*\n");
        // The daemon types as fast as the guest reads; what it has not typed yet would die with it.
        host.awaitSerial(one.id(), 0, "wait; cat /run/p*");
        host.killDaemon();
        host.startDaemon();

        String none = "15 packets transmitted, 15 packets received, 0% packet loss";
        awaitMatch(one, "(?s)(" + none + ".*){5}");
        assertThat(host.guests()).hasSize(2);

        host.type(one.id(), "wget -q -O - http://169.254.169.254/latest/meta-data/hostname; echo\n");
        awaitMatch(one, "(?m)^guest11");
        host.delete(one);
        host.delete(two);
        assertThat(host.guests()).isEmpty();
        ports.clear();
        HttpResponse<byte[]> gone =
                host.send("DELETE", "/v1/networks/" + network + "?generation=" + (generation + 1), new byte[0]);
        assertThat(new String(gone.body(), StandardCharsets.UTF_8)).doesNotContain("problem\":\"");
        assertThat(TestingUnderlay.namespacesBelow(host.state())).isEmpty();
        assertThat(TestingUnderlay.servantsBelow(host.state())).isEmpty();
    }

    @Test
    void theLimitsOfACardHoldInTheKernelFromItsStartOnAndWhenTheyChange() throws IOException {
        VmSpec one = guest(11, null);
        limit(new Qos(8_000, 4_000));
        putNetwork();
        host.put(one);
        await("its limits")
                .atMost(TestingHost.PATIENCE)
                .untilAsserted(
                        () -> assertThat(limits()).containsExactlyInAnyOrder("tap rate 8Mbit", "ifb rate 4Mbit"));

        limit(new Qos(16_000, null));
        putNetwork();
        assertThat(limits()).containsExactly("tap rate 16Mbit");
    }

    private void limit(Qos qos) {
        ports.replaceAll(port -> new Port(
                port.id(),
                port.vm(),
                port.mac(),
                port.addresses(),
                port.hostname(),
                port.place(),
                port.alsoAllowed(),
                port.groups(),
                port.filtered(),
                qos));
    }

    /** By kind of device. */
    private List<String> limits() throws IOException {
        return Pattern.compile("qdisc tbf \\S+ dev (tap|ifb)\\S+ .*?(rate \\S+)")
                .matcher(TestingUnderlay.inside(namespace(), "tc", "qdisc", "show"))
                .results()
                .map(found -> found.group(1) + " " + found.group(2))
                .toList();
    }

    @Test
    void afterARebootTheNetworkIsThereBeforeTheGuest() throws IOException {
        VmSpec one = guest(11, new Autostart(1, 0));
        putNetwork();
        host.put(one);
        awaitAddress(one, 11);
        String before = host.serial(one.id(), 0);

        host.loseAllProcesses();
        TestingUnderlay.loseNetworks(host.state());
        assertThat(TestingUnderlay.namespacesBelow(host.state())).isEmpty();
        host.controller().fail(true);
        host.startDaemon();

        host.awaitCause(one.id(), ObservedState.RUNNING, Cause.Code.AUTOSTARTED);
        await("its address again")
                .atMost(TestingHost.PATIENCE)
                .until(() -> host.serial(one.id(), 0).substring(before.length()).contains("address=10.0.0.11/24"));
    }

    @Test
    void whatSomebodyDoesToANetworkIsMendedAndToldWhileGuestsTalk() throws IOException {
        VmSpec one = guest(11, null);
        VmSpec two = guest(12, null);
        putNetwork();
        host.put(one);
        host.put(two);
        awaitAddress(one, 11);
        awaitAddress(two, 12);

        healed(DriftKind.NETWORK_PART_MISSING, "ip", "address", "flush", "dev", "br0", "scope", "global");
        healed(DriftKind.NETWORK_PART_MISSING, "nft", "flush", "ruleset");
        healed(DriftKind.NETWORK_PART_MISSING, "ip", "link", "delete", "vx0");
        healed(
                DriftKind.NETWORK_PART_FOREIGN,
                "bridge",
                "fdb",
                "add",
                "52:54:00:00:00:99",
                "dev",
                "vx0",
                "dst",
                "192.168.100.9");
        for (ProcessHandle servant : TestingUnderlay.servantsBelow(host.state())) {
            servant.destroyForcibly();
        }
        awaitHealed(DriftKind.NETWORK_PART_MISSING, 0);

        host.type(one.id(), "ping -c 3 10.0.0.12 | tail -2; echo over\n");
        awaitMatch(one, "3 packets transmitted, 3 packets received");
    }

    @Test
    void whatTheDaemonCannotMendIsToldAndNotTouched() throws IOException {
        VmSpec one = guest(11, null);
        putNetwork();
        host.put(one);
        awaitAddress(one, 11);

        String card = TestingUnderlay.inside(namespace(), "sh", "-c", "ls /sys/class/net | grep '^tap'; ip -o link")
                .lines()
                .flatMap(
                        line -> Pattern.compile("tap[0-9a-f]{12}").matcher(line).results())
                .map(found -> found.group())
                .findFirst()
                .orElseThrow();
        TestingUnderlay.inside(namespace(), "ip", "link", "delete", card);
        DriftFinding unplugged = awaitOpen(DriftKind.CARD_UNPLUGGED);
        assertThat(unplugged.vm()).isEqualTo(one.id());
        assertThat(host.guests()).hasSize(1);

        host.delete(one);
        host.killDaemon();
        Files.delete(host.state().resolve("wanted/networks/" + network + ".json"));
        host.startDaemon();
        assertThat(awaitOpen(DriftKind.FOREIGN_NETWORK).object()).contains(network.toString());
        assertThat(TestingUnderlay.namespacesBelow(host.state())).hasSize(1);
    }

    private DriftFinding awaitOpen(DriftKind kind) {
        return await(kind + " open")
                .atMost(TestingHost.PATIENCE)
                .until(
                        () -> host.controller().inventories().stream()
                                .map(HostInventory::contents)
                                .flatMap(Stream::ofNullable)
                                .flatMap(contents -> contents.open().stream())
                                .filter(finding -> finding.kind() == kind)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
    }

    private void healed(DriftKind kind, String... command) throws IOException {
        int before = host.controller().inventories().size();
        TestingUnderlay.inside(namespace(), command);
        awaitHealed(kind, before);
    }

    private void awaitHealed(DriftKind kind, int before) {
        await(kind + " healed").atMost(TestingHost.PATIENCE).until(() -> {
            List<HostInventory> all = host.controller().inventories();
            return all.subList(Math.min(before, all.size()), all.size()).stream()
                    .map(HostInventory::contents)
                    .filter(contents -> contents != null)
                    .flatMap(contents -> contents.healed().stream())
                    .map(DriftFinding::kind)
                    .anyMatch(kind::equals);
        });
    }
}
