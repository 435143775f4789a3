package dev.yado.storage;

import static dev.yado.storage.TestingImages.MIB;
import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Real files, made by the real qemu-img and read back by qemu-io. */
@EnabledIf("qemuIsInstalled")
class DisksTest {
    private static final DiskTool TOOL = DiskTool.DEFAULT;

    @TempDir
    private Path state;

    private final TestingImages images = new TestingImages();
    private DirectoryPool pool;
    private Path vmDir;

    static boolean qemuIsInstalled() {
        return Files.isExecutable(TOOL.qemuImg()) && Files.isExecutable(Path.of("/usr/bin/qemu-io"));
    }

    @BeforeEach
    void openPool() throws IOException {
        pool = DirectoryPool.open(state.resolve("pool"), images, TOOL, PoolSettings.DEFAULT);
        vmDir = state.resolve("vms/one");
    }

    @AfterEach
    void closePool() {
        pool.close();
    }

    @Test
    void aRootDiskShowsTheContentOfItsRawImageAndIsAsLargeAsAsked() throws Exception {
        Disk disk = pool.ensureDisk(vmDir, disk(images.raw(TestingImages.sparse(8)), 1024));

        assertThat(disk.size()).isEqualTo(new Mebibytes(1024));
        assertThat(disk.file()).isEqualTo(vmDir.toRealPath().resolve("disks/" + disk.id() + ".qcow2"));
        reads(disk, 0x11, 0, MIB);
        reads(disk, 0x00, MIB, MIB);
        reads(disk, 0x33, 2L * MIB, MIB);
        reads(disk, 0x00, 3L * MIB, 1021L * MIB);
    }

    @Test
    void aRootDiskShowsTheContentOfItsQcow2Image() throws Exception {
        Path image = state.resolve("image.qcow2");
        TestingImages.run(state, "qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "16M");
        TestingImages.run(state, "qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 4M 1M", image.toString());

        Disk disk = pool.ensureDisk(vmDir, disk(images.qcow2(Files.readAllBytes(image), 16L * MIB), 32));

        reads(disk, 0x5a, 4L * MIB, MIB);
        reads(disk, 0x00, 5L * MIB, 27L * MIB);
    }

    @Test
    void aDataDiskIsEmpty() throws Exception {
        Disk disk = pool.ensureDisk(vmDir, empty(64));

        assertThat(disk.base()).isNull();
        reads(disk, 0x00, 0, 64L * MIB);
    }

    @Test
    void aCloneNamesItsBaseRelativelyAndWithItsFormat() throws Exception {
        ImageRef image = images.raw(TestingImages.sparse(8));
        Disk disk = pool.ensureDisk(vmDir, disk(image, 16));

        assertThat(disk.base())
                .isEqualTo(new Disk.Base(
                        state.toRealPath().resolve("pool/images/" + image.sha256() + ".raw"), ImageFormat.RAW));
        assertThat(info(disk))
                .contains("backing file: ../../../pool/images/" + image.sha256() + ".raw (actual path")
                .contains("backing file format: raw")
                .contains("cluster_size: 131072")
                .contains("extended l2: true");
    }

    @Test
    void theStateDirectoryCanBeMoved() throws Exception {
        DiskSpec spec = disk(images.raw(TestingImages.sparse(8)), 16);
        Disk disk = pool.ensureDisk(vmDir, spec);
        Path moved = state.resolveSibling(state.getFileName() + "-moved");
        pool.close();
        Files.move(state, moved);
        try (DirectoryPool again = DirectoryPool.open(moved.resolve("pool"), images, TOOL, PoolSettings.DEFAULT)) {
            Disk same = again.ensureDisk(moved.resolve("vms/one"), spec);

            assertThat(same.file()).exists().isNotEqualTo(disk.file());
            assertThat(images.opened).hasValue(1);
        } finally {
            Files.move(moved, state);
        }
    }

    @Test
    void aSecondCallLeavesTheDiskAndWhatTheGuestWroteAlone() throws Exception {
        DiskSpec spec = disk(images.raw(TestingImages.sparse(8)), 16);
        Disk disk = pool.ensureDisk(vmDir, spec);
        write(disk, 0x77, 5L * MIB, MIB);
        FileTime changed = Files.getLastModifiedTime(disk.file());

        assertThat(pool.ensureDisk(vmDir, spec)).isEqualTo(disk);

        assertThat(Files.getLastModifiedTime(disk.file())).isEqualTo(changed);
        reads(disk, 0x77, 5L * MIB, MIB);
        reads(disk, 0x33, 2L * MIB, MIB);
    }

    @Test
    void aDiskGrowsAndKeepsItsContent() throws Exception {
        DiskSpec spec = disk(images.raw(TestingImages.sparse(8)), 16);
        write(pool.ensureDisk(vmDir, spec), 0x77, 15L * MIB, MIB);

        Disk grown = pool.ensureDisk(vmDir, sized(spec, 100));

        assertThat(grown.size()).isEqualTo(new Mebibytes(100));
        reads(grown, 0x33, 2L * MIB, MIB);
        reads(grown, 0x77, 15L * MIB, MIB);
        reads(grown, 0x00, 16L * MIB, 84L * MIB);
        isSound(grown);
    }

    @Test
    void aDiskNeverShrinks() throws Exception {
        DiskSpec spec = empty(64);
        Disk disk = pool.ensureDisk(vmDir, spec);
        write(disk, 0x77, 63L * MIB, MIB);

        assertThat(pool.ensureDisk(vmDir, sized(spec, 32)).size()).isEqualTo(new Mebibytes(64));
        reads(disk, 0x77, 63L * MIB, MIB);
    }

    @Test
    void aHalfMadeDiskOfAKilledDaemonIsReplaced() throws Exception {
        DiskSpec spec = empty(64);
        Files.createDirectories(vmDir.resolve("disks"));
        Files.write(vmDir.resolve("disks/" + spec.id() + ".qcow2.new"), new byte[100]);

        isSound(pool.ensureDisk(vmDir, spec));
        assertThat(files()).containsExactly(spec.id() + ".qcow2");
    }

    @Test
    void aDiskSmallerThanItsImageIsRefused() {
        ImageRef image = images.raw(TestingImages.sparse(8));

        refused(ErrorCode.DISK_TOO_SMALL, "needs 8 MiB", () -> pool.ensureDisk(vmDir, disk(image, 7)));
    }

    @Test
    void absurdSizesAreRefused() {
        refused(ErrorCode.INVALID_REQUEST, "not between", () -> pool.ensureDisk(vmDir, empty(0)));
        refused(ErrorCode.INVALID_REQUEST, "not between", () -> pool.ensureDisk(vmDir, empty(Long.MAX_VALUE)));
    }

    @Test
    void aDiskOfAnotherImageIsLeftAlone() throws Exception {
        DiskSpec spec = disk(images.raw(TestingImages.sparse(8)), 16);
        Disk disk = pool.ensureDisk(vmDir, spec);
        byte[] before = Files.readAllBytes(disk.file());
        ImageRef other = images.raw(TestingImages.noise(MIB, 1));

        refused(
                ErrorCode.CONFLICT,
                "not a clone of the image",
                () -> pool.ensureDisk(vmDir, new DiskSpec(spec.id(), other, spec.size())));
        assertThat(disk.file()).hasBinaryContent(before);
    }

    @Test
    void aHeaderThatAGuestsHypervisorRewroteNeverReachesTheTool() throws Exception {
        DiskSpec spec = empty(64);
        Disk disk = pool.ensureDisk(vmDir, spec);
        TestingImages.run(
                state,
                "qemu-img",
                "rebase",
                "-u",
                "-f",
                "qcow2",
                "-F",
                "raw",
                "-b",
                "/etc/hostname",
                disk.file().toString());

        refused(ErrorCode.CONFLICT, "not an independent disk", () -> pool.ensureDisk(vmDir, sized(spec, 128)));
    }

    @Test
    void aDamagedDiskIsLeftAsItIs() throws Exception {
        DiskSpec spec = empty(64);
        Disk disk = pool.ensureDisk(vmDir, spec);
        try (RandomAccessFile file = new RandomAccessFile(disk.file().toFile(), "rw")) {
            file.setLength(1000);
        }

        refused(ErrorCode.INTERNAL, "damaged and was left as it is", () -> pool.ensureDisk(vmDir, spec));
        assertThat(disk.file()).hasSize(1000);
    }

    @Test
    void aBaseThatIsGoneIsFetchedAgain() throws Exception {
        DiskSpec spec = disk(images.raw(TestingImages.sparse(8)), 16);
        Disk disk = pool.ensureDisk(vmDir, spec);
        Files.delete(Objects.requireNonNull(disk.base()).file());

        reads(pool.ensureDisk(vmDir, spec), 0x33, 2L * MIB, MIB);
    }

    @Test
    void removingTheDisksOfAVmRemovesAllOfThemAndMayBeRepeated() throws Exception {
        pool.ensureDisk(vmDir, disk(images.raw(TestingImages.sparse(8)), 16));
        pool.ensureDisk(vmDir, empty(16));
        assertThat(files()).hasSize(2);

        pool.removeDisks(vmDir);
        pool.removeDisks(vmDir);

        assertThat(vmDir.resolve("disks")).doesNotExist();
        assertThat(vmDir).exists();
    }

    @Test
    void aPoolWithoutRoomRefusesWithNumbers() throws Exception {
        PoolSettings greedy =
                new PoolSettings(null, new Mebibytes(1L << 40), Duration.ofSeconds(1), 1 << 20, Duration.ofHours(1));
        try (DirectoryPool full = DirectoryPool.open(state.resolve("pool"), images, TOOL, greedy)) {
            refused(
                    ErrorCode.STORAGE_FULL,
                    "needs 1 MiB and 1099511627776 MiB stay reserved",
                    () -> full.ensureDisk(vmDir, empty(1)));
        }
        assertThat(files()).isEmpty();
    }

    private List<String> files() throws IOException {
        Path disks = vmDir.resolve("disks");
        if (!Files.exists(disks)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(disks)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static DiskSpec empty(long mebibytes) {
        return new DiskSpec(DiskId.random(), null, new Mebibytes(mebibytes));
    }

    private static DiskSpec sized(DiskSpec spec, long mebibytes) {
        return new DiskSpec(spec.id(), spec.image(), new Mebibytes(mebibytes));
    }

    private String info(Disk disk) throws Exception {
        return TestingImages.run(
                state, "qemu-img", "info", "-f", "qcow2", disk.file().toString());
    }

    private void isSound(Disk disk) throws Exception {
        TestingImages.run(
                state, "qemu-img", "check", "-q", "-f", "qcow2", disk.file().toString());
    }

    private void write(Disk disk, int pattern, long offset, long bytes) throws Exception {
        TestingImages.run(
                state,
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -P " + pattern + " " + offset + " " + bytes,
                disk.file().toString());
    }

    private static DiskSpec disk(ImageRef image, long mebibytes) {
        return new DiskSpec(DiskId.random(), image, new Mebibytes(mebibytes));
    }

    /** Through the header's own backing name: it must be right too. */
    private void reads(Disk disk, int pattern, long offset, long bytes) throws Exception {
        String said = TestingImages.run(
                state,
                "qemu-io",
                "-r",
                "-f",
                "qcow2",
                "-c",
                "read -P " + pattern + " " + offset + " " + bytes,
                disk.file().toString());
        assertThat(said).doesNotContain("verification failed").contains("read " + bytes + "/" + bytes);
    }
}
