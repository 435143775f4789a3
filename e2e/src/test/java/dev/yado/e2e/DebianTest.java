package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
 * then enters the second by its name and key.
 */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DebianTest {
    private static final Duration PATIENCE = Duration.ofMinutes(8);
    private static final String SEEDED = "10.30.0.11";
    private static final String ASKING = "10.30.0.12";

    private Api tenant;
    private Vm seeded;
    private Vm asking;

    @BeforeAll
    void twoGuests(@TempDir Path directory) throws Exception {
        Path images = images();
        Path key = directory.resolve("key");
        assumeTrue(makeKey(key), "needs ssh-keygen (package openssh-client)");
        String publicKey = Files.readString(key.resolveSibling("key.pub")).strip();
        Api admin = Cloud.shared().admin();
        tenant = admin.newTenant("debian");
        Network network = Network.create(tenant, "full-house", "10.30.0.0/24", "fd00:30::/64");

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
    }

    @AfterAll
    void end() {
        if (seeded != null) {
            seeded.delete();
        }
        if (asking != null) {
            asking.delete();
        }
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
        request.put("nics", List.of(network.card(address)));
        request.put("sshKeys", List.of(key));
        request.put("userData", userData);
        return Vm.create(tenant, request);
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
    void keysAndUserDataAreNotShownAgain() {
        assertThat(seeded.show().toString()).doesNotContain("PRIVATE KEY").doesNotContain("ssh-ed25519");
    }
}
