package dev.yado.storage;

import static dev.yado.storage.TestingImages.MIB;
import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are copied from snapshots of other disks, made by the real qemu-img, written and read back by qemu-io. */
@EnabledIf("dev.yado.storage.DisksTest#qemuIsInstalled")
class SnapshotCopyTest {
    private static final Mebibytes SIZE = new Mebibytes(32);

    @TempDir
    private Path state;

    private final TestingImages images = new TestingImages();
    private final VmId vm = VmId.random();
    private DirectoryPool pool;

    @BeforeEach
    void openPool() throws Exception {
        pool = DirectoryPool.open(state.resolve("pool"), images, DiskTool.DEFAULT, PoolSettings.DEFAULT);
    }

    @AfterEach
    void closePool() {
        pool.close();
    }

    @Test
    void hasWhatAllLayersOfTheSnapshotShowAndNothingOfWhatWasWrittenSince() throws Exception {
        DiskSpec source = disk(images.raw(TestingImages.sparse(8)), SIZE, null);
        write(source, "write -P 1 4M 1M", "write -P 2 5M 1M");
        take(source);
        write(source, "write -z 2M 1M", "write -z 5M 64k", "write -P 3 6M 4k");
        SnapshotId snapshot = take(source);
        write(source, "write -P 9 0 32M");

        DiskSpec copy = disk(source.image(), new Mebibytes(64), new DiskCopy(vm, snapshot, source.id()));

        shows(copy, 0x11, 0, MIB);
        shows(copy, 0, 2 * MIB, MIB);
        shows(copy, 1, 4 * MIB, MIB);
        shows(copy, 0, 5 * MIB, 64 << 10);
        shows(copy, 2, 5 * MIB + (64 << 10), MIB - (64 << 10));
        shows(copy, 3, 6 * MIB, 4 << 10);
        shows(copy, 0, 8 * MIB, 56 * MIB);
        assertThat(pool.look(state.resolve("vms/copy"), copy, false).problem()).isNull();
        // What is the image's is not copied.
        assertThat(Files.size(made(copy).file())).isLessThan(6 * MIB);
    }

    @Test
    void needsNothingOfTheOtherDiskAnyMore() throws Exception {
        DiskSpec source = disk(null, SIZE, null);
        write(source, "write -P 1 4M 1M");
        take(source);
        write(source, "write -P 2 5M 1M");
        SnapshotId snapshot = take(source);
        DiskSpec copy = disk(null, SIZE, new DiskCopy(vm, snapshot, source.id()));

        pool.removeDisks(source());

        assertThat(made(copy).layers()).isEmpty();
        shows(copy, 1, 4 * MIB, MIB);
        shows(copy, 2, 5 * MIB, MIB);
    }

    @Test
    void isRefusedWhenTheSnapshotIsNotThereOrTheDiskIsTooSmall() throws Exception {
        DiskSpec source = disk(null, SIZE, null);
        SnapshotId snapshot = take(source);

        DiskCopy gone = new DiskCopy(vm, SnapshotId.random(), source.id());
        refused(ErrorCode.SNAPSHOT_FAILED, "not on this host", () -> disk(null, SIZE, gone));
        DiskCopy there = new DiskCopy(vm, snapshot, source.id());
        refused(ErrorCode.DISK_TOO_SMALL, "32 MiB", () -> disk(null, new Mebibytes(16), there));
        ImageRef other = images.raw(TestingImages.sparse(8));
        refused(ErrorCode.SNAPSHOT_FAILED, "another image", () -> disk(other, SIZE, there));
        assertThat(state.resolve("vms/copy/disks")).isEmptyDirectory();
    }

    /** Makes it: of the source when it is no copy. */
    private DiskSpec disk(@Nullable ImageRef image, Mebibytes size, @Nullable DiskCopy copy) throws Exception {
        DiskSpec disk = new DiskSpec(DiskId.random(), image, size, null, null, copy);
        made(disk);
        return disk;
    }

    private Disk made(DiskSpec disk) throws Exception {
        return pool.ensureDisk(disk.copy() == null ? source() : state.resolve("vms/copy"), disk);
    }

    private Path source() {
        return state.resolve("vms").resolve(vm.toString());
    }

    private SnapshotId take(DiskSpec disk) throws Exception {
        SnapshotId snapshot = SnapshotId.random();
        DiskLayers layers = pool.layers(source(), disk.id());
        layers.keep(snapshot);
        layers.changeOver(layers.over(layers.top(), UUID.randomUUID(), SIZE));
        return snapshot;
    }

    private void write(DiskSpec disk, String... commands) throws Exception {
        for (String command : commands) {
            io(disk, command);
        }
    }

    private void shows(DiskSpec disk, int pattern, long offset, long length) throws Exception {
        assertThat(io(disk, "read -P " + pattern + " " + offset + " " + length))
                .doesNotContain("verification failed")
                .contains("read " + length + "/" + length);
    }

    private String io(DiskSpec disk, String command) throws Exception {
        Path file = made(disk).file();
        return TestingImages.run(state, "qemu-io", "-f", "qcow2", "-c", command, file.toString());
    }
}
