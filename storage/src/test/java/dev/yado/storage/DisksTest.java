package dev.yado.storage;

import static dev.yado.storage.TestingImages.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
