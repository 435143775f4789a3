package dev.yado.vmmd.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupHead;
import dev.yado.storage.repository.BackupPoint;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.BackupWriter;
import dev.yado.storage.repository.DiskWriter;
import dev.yado.storage.repository.Keys;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.store.DirectoryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real file systems, the real program, in its sandbox. As root, with FUSE, as guests' tests are. */
@Tag("guest")
class BackupFilesTest {
    private static final int PARTITION = 1 << 20;
    private static final int BYTES = 24 << 20;

    @TempDir
    private Path directory;

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(5).nextBytes(noise);
        return noise;
    }

    /** A disk with a partition, in which there is an ext4 with these files. */
    private Path disk() throws Exception {
        Path tree = directory.resolve("tree");
        Files.createDirectories(tree.resolve("etc/with space"));
        Files.writeString(tree.resolve("etc/hostname"), "web\n");
        Files.writeString(tree.resolve("etc/with space/a*b?c"), "no pattern");
        Files.writeString(tree.resolve("etc/with space/aXbYc"), "another file");
        Files.writeString(tree.resolve("etc/\u001b[31mred"), "a terminal's command");
        Files.write(tree.resolve("big"), noise(3_000_000));
        Files.createSymbolicLink(tree.resolve("etc/shadow-of-the-host"), Path.of("/etc/hostname"));
        Path disk = directory.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(BYTES);
            ByteBuffer table = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
            table.put(446 + 4, (byte) 0x83)
                    .putInt(446 + 8, PARTITION / 512)
                    .putInt(446 + 12, (BYTES - PARTITION) / 512)
                    .putShort(510, (short) 0xAA55);
            file.write(table.array());
        }
        Process made = new ProcessBuilder(
                        "mkfs.ext4",
                        "-q",
                        "-F",
                        "-E",
                        "offset=" + PARTITION,
                        "-d",
                        tree.toString(),
                        disk.toString(),
                        ((BYTES - PARTITION) >> 10) + "k")
                .inheritIO()
                .start();
        assertThat(made.waitFor()).isZero();
        return disk;
    }

    private interface Look {
        void at(BackupFiles files) throws Exception;
    }

    private void look(Path disk, Look look) throws Exception {
        Repository repository =
                Repository.create(new DirectoryStore(directory.resolve("repository")), Keys.none(), Duration.ZERO);
        BackupId id = BackupId.random();
        byte[] content = Files.readAllBytes(disk);
        try (BackupWriter writer = repository.begin(new BackupHead(id, VmId.random(), null))) {
            try (DiskWriter out = writer.disk(new DiskId(UuidV7.next()), content.length, Optional.empty())) {
                out.write(0, ByteBuffer.wrap(content));
            }
            writer.finish(new BackupPoint(
                    Instant.now(), "CRASH", ProtocolJson.mapper().createObjectNode()));
        }
        try (repository;
                BackupReader reader = repository.read(id)) {
            look.at(new BackupFiles(reader));
        }
    }

    private static List<String> paths(BackupFiles files, String path) throws Exception {
        return files.list(path).stream().map(FoundFile::path).toList();
    }

    private static byte[] content(BackupFiles files, String path) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        files.copy(path, out);
        return out.toByteArray();
    }

    private static String text(BackupFiles files, String path) throws IOException, InterruptedException {
        return new String(content(files, path), StandardCharsets.UTF_8);
    }

    @Test
    void whatAGuestHasWrittenIsListedAndRead() throws Exception {
        look(disk(), files -> {
            assertThat(files.places()).extracting(BackupFiles.Place::name).containsExactly("0", "0p1");
            assertThat(paths(files, "0p1")).contains("etc", "big").doesNotContain("etc/hostname");
            assertThat(paths(files, "0p1/etc")).contains("etc/hostname", "etc/with space");
            assertThat(text(files, "0p1/etc/hostname")).isEqualTo("web\n");
            assertThat(content(files, "0p1/big")).isEqualTo(noise(3_000_000));
            assertThat(text(files, "0p1/etc/with space/a*b?c"))
                    .as("a name is no pattern")
                    .isEqualTo("no pattern");
            assertThat(files.list("0p1/etc"))
                    .as("nothing of it is a command to a terminal")
                    .allSatisfy(file -> assertThat(file.shownPath()).doesNotContain("\u001b"));
            assertThat(text(files, "0p1/etc/shadow-of-the-host"))
                    .as("a link is its own text, never a file of this machine")
                    .isEqualTo("/etc/hostname");
            for (String none : List.of("0p1/etc/none", "0p2/etc", "1/etc")) {
                assertThatThrownBy(() -> files.list(none))
                        .isInstanceOfSatisfying(
                                YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
            }
            assertThatThrownBy(() -> files.copy("0p1/etc", new ByteArrayOutputStream()))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        });
    }

    @Test
    void aDiskWithoutAFileSystemIsToldAndHarmsNothing() throws Exception {
        Path disk = directory.resolve("noise.raw");
        Files.write(disk, noise(1 << 20));
        look(
                disk,
                files -> assertThatThrownBy(() -> files.list("0"))
                        .isInstanceOfSatisfying(
                                YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST)));
    }

    @Test
    void theProgramSeesTheDiskAndNothingElseOfThisMachine() throws Exception {
        Path witness = Files.writeString(directory.resolve("witness"), "of this machine");
        look(disk(), files -> {
            assertThatThrownBy(() -> files.copy("0p1/../../etc/passwd", new ByteArrayOutputStream()))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
            for (String file : List.of("/etc/passwd", witness.toString(), "/proc/1/root" + witness)) {
                ByteArrayOutputStream said = new ByteArrayOutputStream();
                assertThatThrownBy(() -> Sandbox.run(
                                files.volume(FilePath.parse("0p1")),
                                List.of("l", "--", file),
                                output -> output.transferTo(said)))
                        .as("%s: %s", file, said)
                        .isInstanceOf(YadoException.class);
            }
        });
    }
}
