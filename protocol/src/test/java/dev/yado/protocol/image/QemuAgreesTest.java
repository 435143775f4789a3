package dev.yado.protocol.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** Files that the real qemu-img made, and what it makes of files that we take. */
@EnabledIf("qemuIsInstalled")
class QemuAgreesTest {
    private static final Path QEMU_IMG = Path.of("/usr/bin/qemu-img");

    @TempDir
    private Path directory;

    static boolean qemuIsInstalled() {
        return Files.isExecutable(QEMU_IMG);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compat=1.1",
                "compat=0.10",
                "cluster_size=512",
                "cluster_size=2M",
                "extended_l2=on,cluster_size=128k",
                "lazy_refcounts=on",
                "refcount_bits=1",
                "refcount_bits=64",
                "compression_type=zstd",
                "preallocation=metadata"
            })
    void everyKindOfLoneQcow2IsTaken(String options) throws Exception {
        Path image = directory.resolve("image.qcow2");
        qemuImg("create", "-q", "-f", "qcow2", "-o", options, image.toString(), "100M");

        assertThat(check(ImageFormat.QCOW2, image)).isEqualTo(new ImageHeader(ImageFormat.QCOW2, 100L << 20));
    }

    @Test
    void aCompressedImageWithSnapshotsIsTaken() throws Exception {
        Path raw = directory.resolve("image.raw");
        Path image = directory.resolve("image.qcow2");
        byte[] content = new byte[3 << 20];
        new Random(1).nextBytes(content);
        Files.write(raw, content);
        qemuImg("convert", "-q", "-c", "-f", "raw", "-O", "qcow2", raw.toString(), image.toString());
        for (int i = 0; i < 20; i++) {
            qemuImg("snapshot", "-q", "-c", "snapshot-" + i, image.toString());
        }

        assertThat(check(ImageFormat.QCOW2, image).virtualSize()).isEqualTo(3L << 20);
        assertThat(check(ImageFormat.RAW, raw).virtualSize()).isEqualTo(3L << 20);
    }

    @Test
    void theBackingFileTrickIsRefused() throws Exception {
        Path image = directory.resolve("image.qcow2");
        qemuImg("create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", image.toString(), "1M");

        assertThat(info(image).path("backing-filename").asString()).isEqualTo("/etc/shadow");
        refused(ImageFormat.QCOW2, image, "backing file");
        refused(ImageFormat.RAW, image, "begins as qcow2");
    }

    @Test
    void theDataFileTrickIsRefused() throws Exception {
        Path image = directory.resolve("image.qcow2");
        Path data = directory.resolve("data.raw");
        qemuImg("create", "-q", "-f", "qcow2", "-o", "data_file=" + data + ",data_file_raw=on", image.toString(), "1M");

        refused(ImageFormat.QCOW2, image, "external data file");
    }

    @Test
    void anEncryptedImageIsRefused() throws Exception {
        Path image = directory.resolve("image.qcow2");
        // AES: the making of a LUKS header measures the CPU, which fails now and then on an emulated machine
        qemuImg(
                "create",
                "-q",
                "-f",
                "qcow2",
                "--object",
                "secret,id=key,data=not-a-secret",
                "-o",
                "encrypt.format=aes,encrypt.key-secret=key",
                image.toString(),
                "1M");

        refused(ImageFormat.QCOW2, image, "encrypted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vmdk", "vdi", "vhdx", "vpc", "qed", "qcow", "parallels"})
    void otherFormatsAreRefusedAsRawAndAsQcow2(String format) throws Exception {
        Path image = directory.resolve("image");
        qemuImg("create", "-q", "-f", format, image.toString(), "16M");

        refused(ImageFormat.RAW, image, "begins as");
        refused(ImageFormat.QCOW2, image, "");
    }

    @Test
    void aVmdkTextThatNamesAnotherFileIsRefused() throws Exception {
        Path image = directory.resolve("image.vmdk");
        qemuImg("create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", image.toString(), "16M");

        refused(ImageFormat.RAW, image, "VMDK");
    }

    /** Damaged headers: what we take and QEMU opens, it sees with our size and alone. */
    @Test
    void qemuSeesWhatWeTakeAsWeDo() throws Exception {
        Path image = directory.resolve("image.qcow2");
        Random random = new Random(20_261_121);
        int agreed = 0;
        for (int round = 0; round < 3000 && agreed < 100; round++) {
            TestingQcow2 damaged = new TestingQcow2();
            for (int i = 0; i <= random.nextInt(3); i++) {
                damaged.setByte(
                        8 + random.nextInt(120), random.nextBoolean() ? random.nextInt(256) : 1 << random.nextInt(8));
            }
            Files.write(image, damaged.content());
            ImageHeader ours;
            try {
                ours = check(ImageFormat.QCOW2, image);
            } catch (YadoException e) {
                continue;
            }
            JsonNode info = infoOrNothing(image);
            if (!info.isMissingNode()) {
                agreed++;
                assertThat(info.path("virtual-size").asLong()).isEqualTo(ours.virtualSize());
                assertThat(info.has("backing-filename")).isFalse();
                assertThat(info.at("/format-specific/data").has("data-file")).isFalse();
            }
        }
        assertThat(agreed).isEqualTo(100);
    }

    private static ImageHeader check(ImageFormat declared, Path image) throws IOException {
        try (InputStream in = Files.newInputStream(image)) {
            return ImageHeader.check(declared, in.readNBytes(ImageHeader.HEAD_BYTES), Files.size(image));
        }
    }

    private static void refused(ImageFormat declared, Path image, String why) {
        assertThatThrownBy(() -> check(declared, image))
                .isInstanceOf(YadoException.class)
                .hasMessageContaining(why);
    }

    private JsonNode info(Path image) throws Exception {
        return new JsonMapper().readTree(qemuImg("info", "-U", "--output=json", "-f", "qcow2", image.toString()));
    }

    private JsonNode infoOrNothing(Path image) throws Exception {
        Output output = run("info", "-U", "--output=json", "-f", "qcow2", image.toString());
        return output.status == 0 ? new JsonMapper().readTree(output.text) : MissingNode.getInstance();
    }

    private String qemuImg(String... arguments) throws Exception {
        Output output = run(arguments);
        assertThat(output.status).as(output.text).isZero();
        return output.text;
    }

    private record Output(int status, String text) {}

    private Output run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(QEMU_IMG.toString()));
        command.addAll(Arrays.asList(arguments));
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as("qemu-img ends within 60 s").isTrue();
        return new Output(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }
}
