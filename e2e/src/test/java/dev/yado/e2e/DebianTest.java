package dev.yado.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two guests with Debian's own cloud-init: one that reads its seed disk, and one that has none but the metadata service. The first
 * then enters the second by its name and key, and somebody outside of the cloud enters the first through a floating IP.
 */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DebianTest {
    private static final Duration PATIENCE = Duration.ofMinutes(8);
    private static final String SEEDED = "10.30.0.11";
    private static final String ASKING = "10.30.0.12";

    /** What goes before all that it needs: deletes, latest first. */
    private final Deque<Runnable> undo = new ArrayDeque<>();

    private Api tenant;
    private String group;
    private Path key;
    private Vm seeded;
    private Vm asking;
    private String floatingIp;

    @BeforeAll
    void twoGuests(@TempDir Path directory) throws Exception {
        Path images = images();
        key = directory.resolve("key");
        assumeTrue(makeKey(key), "needs ssh-keygen (package openssh-client)");
        String publicKey = Files.readString(key.resolveSibling("key.pub")).strip();
        Api admin = Cloud.shared().admin();
        tenant = admin.newTenant("debian");
        Network network = Network.create(tenant, "full-house", "10.30.0.0/24", "fd00:30::/64");
        group = whoMayEnter();

        asking = begin(
                network,
                ASKING,
                "asking",
                upload(admin, images.resolve("debian-metadata.qcow2")),
                publicKey,
                "#!/bin/sh\necho told: $(hostname) by $(cloud-id) >/dev/ttyS0\n");
        seeded = begin(
                network,
                SEEDED,
                "seeded",
                upload(admin, images.resolve("debian.qcow2")),
                publicKey,
                visitor(Files.readString(key)));
        floatingIp = wayIn(network, seeded);
    }

    @AfterAll
    void end() {
        undo.forEach(Runnable::run);
    }

    /** Anybody, by IPv4. */
    private String whoMayEnter() {
        String id = tenant.post("/v1/security-groups", Map.of("name", "ssh"))
                .get("id")
                .asString();
        tenant.post(
                "/v1/security-groups/" + id + "/rules",
                Map.of("direction", "IN", "family", "IPV4", "protocol", "TCP", "portMin", 22, "portMax", 22));
        return id;
    }

    /** A router between the network and the data centre, and an address there that leads to the guest. */
    private String wayIn(Network network, Vm guest) {
        DataCentre outside = DataCentre.of(Cloud.shared());
        String router = made("/v1/routers", Map.of("name", "edge", "external", Map.of("networkId", outside.network())));
        for (String subnet : network.subnets()) {
            tenant.put("/v1/routers/" + router + "/subnets/" + subnet, Map.of());
        }
        String floating = made("/v1/floating-ips", Map.of("networkId", outside.network()));
        return tenant.put("/v1/floating-ips/" + floating, Map.of("nicId", Network.card(guest)))
                .get("address")
                .asString();
    }

    private String made(String path, Map<String, Object> request) {
        String id = tenant.post(path, request).get("id").asString();
        undo.push(() -> tenant.delete(path + "/" + id));
        return id;
    }

    private static Path images() {
        Path directory = Path.of(System.getenv().getOrDefault("YADO_DEBIAN_DIR", ""));
        assumeTrue(
                Files.exists(directory.resolve("debian-metadata.qcow2")),
                "needs YADO_DEBIAN_DIR, the directory that guest/debian filled");
        return directory;
    }

    private static boolean makeKey(Path file) throws InterruptedException {
        try {
            Process process = new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString())
                    .inheritIO()
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String upload(Api api, Path file) {
        String name = file.getFileName().toString().replace(".qcow2", "");
        String id = api.post("/v1/images", Map.of("name", name, "format", "qcow2"))
                .get("id")
                .asString();
        api.upload("/v1/images/" + id + "/content", file);
        return id;
    }

    private Vm begin(Network network, String address, String name, String image, String key, String userData) {
        Map<String, Object> request = new HashMap<>(Vm.request(name));
        request.put("vcpus", 2);
        request.put("memoryMiB", 768);
        request.put("disks", List.of(Map.of("imageId", image, "sizeGiB", 4)));
        Map<String, Object> card = network.card(address);
        card.put("securityGroupIds", List.of(group));
        request.put("nics", List.of(card));
        request.put("sshKeys", List.of(key));
        request.put("userData", userData);
        Vm vm = Vm.create(tenant, request);
        undo.push(vm::delete);
        return vm;
    }

    /** Says who it is, then enters the other guest as soon as that lets it in. */
    private static String visitor(String privateKey) {
        String indented = privateKey.lines().map(line -> "      " + line + "\n").reduce("", String::concat);
        return "#cloud-config\n"
                + "write_files:\n"
                + "  - path: /root/key\n"
                + "    permissions: '0600'\n"
                + "    content: |\n" + indented
                + "runcmd:\n"
                + "  - echo told-$(hostname -f) by $(cloud-id) >/dev/ttyS0\n"
                + "  - until ssh -i /root/key -o StrictHostKeyChecking=no -o ConnectTimeout=5 debian@asking"
                + " 'echo entered $(hostname) at $(ip -br -4 addr | grep -v ^lo)' >/dev/ttyS0; do sleep 2; done\n";
    }

    private static void awaitWords(Vm vm, String words) {
        await(vm.name() + " to say " + words)
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(vm.words()).contains(words));
    }

    @Test
    void theSeedDiskSaysWhoTheGuestIs() {
        awaitWords(seeded, "told-seeded.full-house.internal by nocloud");
    }

    @Test
    void theMetadataServiceSaysWhoTheGuestIs() {
        awaitWords(asking, "told: asking by openstack");
    }

    @Test
    void oneGuestEntersTheOtherByItsNameAndKey() {
        awaitWords(seeded, "entered asking at ");
        assertThat(seeded.words()).contains(ASKING + "/24");
    }

    @Test
    void somebodyOutsideEntersThroughTheFloatingIp() throws Exception {
        await("to enter at " + floatingIp)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(entered("hostname; cloud-id")).contains("seeded\nnocloud\n"));
        // The guest leaves by the same address, and knows no name outside of its network.
        assertThat(entered("ping -c 1 203.0.113.1; getent hosts asking; getent hosts example.org || echo unknown"))
                .contains(" 1 received")
                .contains("asking")
                .contains("unknown");
    }

    private String entered(String command) throws Exception {
        Process ssh = Cloud.shared()
                .inDataCentre(
                        "ssh",
                        "-i",
                        key.toString(),
                        "-oBatchMode=yes",
                        "-oConnectTimeout=5",
                        "-oServerAliveInterval=5",
                        "-oStrictHostKeyChecking=no",
                        "-oUserKnownHostsFile=/dev/null",
                        "debian@" + floatingIp,
                        command)
                .redirectErrorStream(true)
                .start();
        String said = new String(ssh.getInputStream().readAllBytes(), UTF_8);
        assertThat(ssh.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void keysAndUserDataAreNotShownAgain() {
        assertThat(seeded.show().toString()).doesNotContain("PRIVATE KEY").doesNotContain("ssh-ed25519");
    }
}
