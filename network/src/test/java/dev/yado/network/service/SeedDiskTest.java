package dev.yado.network.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SeedDiskTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path directory;

    private final Port web = Shop.port("web", 5);

    private Path seed(byte[] userData) throws IOException {
        Path file = directory.resolve("seed.iso");
        SeedDisk.write(file, Shop.guest(web, userData), Shop.only(Shop.network(web)));
        return file;
    }

    /** What a reader that is not ours finds on it. */
    private Path unpacked(Path seed) throws Exception {
        Path into = directory.resolve("unpacked");
        run("xorriso", "-osirrox", "on", "-indev", seed.toString(), "-extract", "/", into.toString());
        return into;
    }

    private static String run(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, command[0] + " is not installed");
            throw e;
        }
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void carriesWhatCloudInitAsksFor() throws Exception {
        Path files = unpacked(seed("#cloud-config\n".getBytes(UTF_8)));

        assertThat(files.resolve("user-data")).hasContent("#cloud-config\n");
        JsonNode meta = JSON.readTree(Files.readString(files.resolve("meta-data")));
        assertThat(meta.get("local-hostname").asString()).isEqualTo("web");
        assertThat(meta.get("instance-id").asString()).isEqualTo(String.valueOf(web.vm()));
        assertThat(meta.get("public-keys").get(0).asString()).isEqualTo(Shop.KEY);
        assertThat(files.resolve("vendor-data")).doesNotExist();
    }

    @Test
    void setsTheCardByItsStationWithAllItsAddresses() throws Exception {
        Path files = unpacked(seed(new byte[0]));

        JsonNode config = JSON.readTree(Files.readString(files.resolve("network-config")));
        JsonNode card = config.get("ethernets").get("nic0");
        assertThat(config.get("version").asInt()).isEqualTo(2);
        assertThat(card.get("match").get("macaddress").asString()).isEqualTo("52:54:00:00:00:05");
        assertThat(card.get("mtu").asInt()).isEqualTo(1450);
        assertThat(card.get("addresses").toString()).isEqualTo("[\"10.0.0.5/24\",\"fd00:1::5/64\"]");
        assertThat(card.get("routes").toString())
                .isEqualTo(
                        "[{\"to\":\"169.254.169.254/32\",\"via\":\"10.0.0.2\"},{\"to\":\"10.9.0.0/16\",\"via\":\"10.0.0.7\"},"
                                + "{\"to\":\"0.0.0.0/0\",\"via\":\"10.0.0.1\"},{\"to\":\"::/0\",\"via\":\"fd00:1::1\"}]");
        assertThat(card.get("nameservers").get("search").get(0).asString()).isEqualTo("shop.internal");
        assertThat(card.get("nameservers").get("addresses").toString())
                .isEqualTo("[\"10.0.0.2\",\"fd00:1::2\",\"192.0.2.53\"]");
    }

    @Test
    void leavesACardOfAnUnknownNetworkToDhcp() throws Exception {
        Path file = directory.resolve("seed.iso");
        SeedDisk.write(file, Shop.guest(web, null), Map.of());

        JsonNode card = JSON.readTree(Files.readString(unpacked(file).resolve("network-config")))
                .get("ethernets")
                .get("nic0");
        assertThat(card.get("dhcp4").asBoolean()).isTrue();
        assertThat(card.get("dhcp6").asBoolean()).isTrue();
    }

    @Test
    void passesUserDataByteByByte() throws Exception {
        byte[] random = new byte[(1 << 20) + 17];
        new Random(7).nextBytes(random);
        assertThat(unpacked(seed(random)).resolve("user-data")).hasBinaryContent(random);
    }

    @Test
    void isFoundByItsLabel() throws Exception {
        assertThat(run("blkid", "-p", "-o", "export", seed(new byte[0]).toString()))
                .contains("TYPE=iso9660")
                .contains("LABEL=cidata");
    }

    @Test
    void aKernelMountsIt() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root mounts");
        assumeTrue(
                Files.readString(Path.of("/proc/filesystems")).contains("iso9660"),
                "this kernel does not know iso9660");
        Path seed = seed("#!/bin/sh\n".getBytes(UTF_8));
        Path at = Files.createDirectory(directory.resolve("mounted"));
        run("mount", "-o", "loop,ro", "-t", "iso9660", seed.toString(), at.toString());
        try {
            assertThat(at.resolve("user-data")).hasContent("#!/bin/sh\n");
            assertThat(at.resolve("meta-data")).isRegularFile();
            assertThat(at.resolve("network-config")).isRegularFile();
        } finally {
            run("umount", at.toString());
        }
    }

    @Test
    void isTheSameForTheSameGuestAndForItsOwnerOnly() throws IOException {
        Guest guest = Shop.guest(web, "a".getBytes(UTF_8));
        Path file = directory.resolve("seed.iso");
        SeedDisk.write(file, guest, Shop.only(Shop.network(web)));
        byte[] first = Files.readAllBytes(file);
        SeedDisk.write(file, guest, Shop.only(Shop.network(web)));

        assertThat(file).hasBinaryContent(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        SeedDisk.delete(file);
        assertThat(directory).isEmptyDirectory();
    }
}
