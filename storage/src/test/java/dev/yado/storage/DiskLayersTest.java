package dev.yado.storage;

import static dev.yado.storage.TestingImages.MIB;
import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.storage.nbd.NbdExport;
import dev.yado.storage.nbd.NbdServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots as files, made by the real qemu-img, written and read back by qemu-io. */
@EnabledIf("dev.yado.storage.DisksTest#qemuIsInstalled")
class DiskLayersTest {
    private static final Mebibytes SIZE = new Mebibytes(32);

    @TempDir
    private Path state;

    private final TestingImages images = new TestingImages();
    private DirectoryPool pool;
    private Path vmDir;
    private DiskSpec spec;
    private DiskLayers layers;

    @BeforeEach
    void makeDisk() throws Exception {
        pool = DirectoryPool.open(state.resolve("pool"), images, DiskTool.DEFAULT, PoolSettings.DEFAULT);
        vmDir = state.resolve("vms/one");
        spec = new DiskSpec(DiskId.random(), images.raw(TestingImages.sparse(8)), SIZE);
        pool.ensureDisk(vmDir, spec);
        layers = pool.layers(vmDir, spec.id());
    }

    @AfterEach
    void closePool() {
        pool.close();
    }

    @Test
    void anotherHostHasAllOfItAndCanGoBackAsWell() throws Exception {
        write(1, 4);
        SnapshotId first = take();
        write(2, 5);
        SnapshotId second = take();
        revert(first);
        write(3, 6);
        CarriedDisk carried = layers.carried();
        Path here = vmDir.resolve("disks");
        Path there = state.resolve("vms/two");

        pool.receive(there, carried, (name, to) -> Files.copy(here.resolve(name), to));
        pool.receive(there, carried, (name, to) -> {
            throw new IOException(name + " is there already");
        });

        pool.ensureDisk(there, spec);
        DiskLayers theirs = pool.layers(there, spec.id());
        assertThat(theirs.carried().layerBytes()).isEqualTo(carried.layerBytes());
        assertThat(theirs.carried().snapshots()).isEqualTo(carried.snapshots());
        vmDir = there;
        layers = theirs;
        shows(1, 4);
        shows(0, 6);
        revert(second);
        shows(2, 5);
    }

    @Test
    void whatIsNotAllOfAFileOrNoFileOfTheDiskIsNotTaken() throws Exception {
        write(1, 4);
        take();
        CarriedDisk carried = layers.carried();
        Path there = state.resolve("vms/two");
        refused(
                ErrorCode.VM_START_FAILED,
                "has 512 bytes instead of",
                () -> pool.receive(there, carried, (_, to) -> Files.write(to, new byte[512])));
        String outside = "../" + spec.id() + ".qcow2";
        for (CarriedDisk bad : List.of(
                new CarriedDisk(
                        spec.id(),
                        carried.top(),
                        List.of(new CarriedDisk.LayerFile(outside, 512)),
                        carried.snapshots()),
                new CarriedDisk(
                        spec.id(), new CarriedDisk.Top(outside, SIZE.bytes(), null, null), List.of(), List.of()))) {
            refused(
                    ErrorCode.VM_START_FAILED,
                    "is no file of the disk",
                    () -> pool.receive(there, bad, (_, to) -> Files.write(to, new byte[512])));
        }
        try (Stream<Path> files = Files.walk(state.resolve("vms"))) {
            assertThat(files.filter(Files::isRegularFile)).allMatch(file -> file.startsWith(vmDir));
        }
    }

    @Test
    void goingBackShowsWhatTheDiskHadAndDeletingOnesBelowLosesNothing() throws Exception {
        write(1, 4);
        SnapshotId first = take();
        write(2, 5);
        SnapshotId second = take();
        write(3, 4);
        shows(3, 4);

        revert(first);
        shows(1, 4);
        shows(0, 5);
        write(4, 6);
        assertThat(layers.above(layers.of(first).orElseThrow()))
                .containsExactlyInAnyOrder(layers.top(), layers.of(second).orElseThrow());

        delete(first);

        shows(1, 4);
        shows(4, 6);
        shows(0x33, 2);
        assertThat(layers.below()).isEmpty();
        revert(second);
        shows(1, 4);
        shows(2, 5);
        shows(0, 6);
        delete(second);
        shows(1, 4);
        shows(2, 5);
        assertThat(files()).containsExactly(layers.top().getFileName().toString(), spec.id() + ".top");
    }

    @Test
    void aDiskThatBeganEmptyStandsOnNothingAgain() throws Exception {
        spec = new DiskSpec(DiskId.random(), null, SIZE);
        pool.ensureDisk(vmDir, spec);
        layers = pool.layers(vmDir, spec.id());
        write(1, 4);
        SnapshotId snapshot = take();
        write(2, 5);

        delete(snapshot);

        shows(1, 4);
        shows(2, 5);
        assertThat(pool.ensureDisk(vmDir, spec).layers()).isEmpty();
    }

    @Test
    void whatIsBrokenOffBeforeTheChangeIsUndoneAndAfterItCanBeRepeated() throws Exception {
        write(1, 4);
        SnapshotId snapshot = SnapshotId.random();
        UUID id = UUID.randomUUID();
        layers.keep(snapshot);
        layers.keep(snapshot);
        layers.over(layers.top(), id, SIZE);
        layers.undo(snapshot, id);
        layers.undo(snapshot, id);
        assertThat(files()).containsExactly(spec.id() + ".qcow2");
        shows(1, 4);

        layers.keep(snapshot);
        Path over = layers.over(layers.top(), id, SIZE);
        layers.changeOver(over);
        layers.changeOver(over);
        shows(1, 4);
        assertThatThrownBy(() -> layers.undo(snapshot, id)).isInstanceOf(IllegalStateException.class);
        layers.removeUnused();
        assertThat(pool.ensureDisk(vmDir, spec).layers())
                .containsExactly(layers.of(snapshot).orElseThrow());
    }

    @Test
    void aSnapshotIsNotTakenOverAnother() throws Exception {
        SnapshotId snapshot = take();
        refused(ErrorCode.CONFLICT, "before", () -> layers.keep(snapshot));
    }

    @Test
    void aDiskWhoseSnapshotIsGoneIsNotOpenedAndSaysSo() throws Exception {
        SnapshotId snapshot = take();
        Files.delete(layers.of(snapshot).orElseThrow());

        assertThat(pool.look(vmDir, spec, false).problem()).contains("snapshot");
        refused(ErrorCode.INTERNAL, "file system", () -> pool.ensureDisk(vmDir, spec));
    }

    @Test
    void aHeaderThatNamesAnotherDisksLayerIsNotFollowed() throws Exception {
        DiskSpec other = new DiskSpec(DiskId.random(), null, SIZE);
        pool.ensureDisk(vmDir, other);
        TestingImages.run(
                vmDir.resolve("disks"),
                "qemu-img",
                "rebase",
                "-u",
                "-f",
                "qcow2",
                "-F",
                "qcow2",
                "-b",
                other.id() + ".qcow2",
                spec.id() + ".qcow2");

        refused(ErrorCode.CONFLICT, "left as it is", () -> pool.ensureDisk(vmDir, spec));
    }

    @Test
    void whatABackupHasNothingOfHidesTheImageAndGoingBackUndoesIt() throws Exception {
        shows(0x33, 2);
        write(1, 4);
        DiskOrigin origin = new DiskOrigin("backups", BackupId.random(), spec.id(), DiskOrigin.Mode.FULL);
        SnapshotId undo = SnapshotId.random();
        UUID id = UUID.randomUUID();
        layers.keep(undo);
        layers.fromBackup(origin, id, SIZE, new OneBackup(5));
        layers.changeOver(layers.over(id));

        shows(0, 2);
        shows(0, 4);
        shows(0x5a, 5);
        assertThat(pool.look(vmDir, spec, false).problem()).isNull();

        revert(undo);
        shows(0x33, 2);
        shows(1, 4);
        shows(0, 5);
    }

    /** It has one mebibyte only, at this place. */
    private record OneBackup(int mebibyte) implements DiskOrigins, NbdExport.Source {
        @Override
        public long sizeBytes(DiskOrigin origin) {
            return SIZE.bytes();
        }

        @Override
        public long dataBytes(DiskOrigin origin) {
            return MIB;
        }

        @Override
        public void serve(DiskOrigin origin, Path socket, String export, Filling filling)
                throws IOException, InterruptedException {
            try (NbdServer _ = NbdServer.listen(socket, Map.of(export, this))) {
                filling.fill();
            }
        }

        @Override
        public long sizeBytes() {
            return SIZE.bytes();
        }

        @Override
        public void read(long offset, ByteBuffer to) {
            for (long at = offset; to.hasRemaining(); at++) {
                to.put((byte) (at / MIB == mebibyte ? 0x5a : 0));
            }
        }

        @Override
        public List<Part> parts(long offset, long length) {
            long begin = (long) mebibyte * MIB;
            if (offset < begin) {
                return List.of(new Part(Math.min(length, begin - offset), false));
            }
            return offset < begin + MIB
                    ? List.of(new Part(Math.min(length, begin + MIB - offset), true))
                    : List.of(new Part(length, false));
        }
    }

    private SnapshotId take() throws InterruptedException {
        SnapshotId snapshot = SnapshotId.random();
        layers.keep(snapshot);
        layers.changeOver(layers.over(layers.top(), UUID.randomUUID(), SIZE));
        return snapshot;
    }

    private void revert(SnapshotId snapshot) throws InterruptedException {
        layers.changeOver(layers.over(layers.of(snapshot).orElseThrow(), UUID.randomUUID(), SIZE));
        layers.removeUnused();
    }

    private void delete(SnapshotId snapshot) throws InterruptedException {
        Path file = layers.of(snapshot).orElseThrow();
        for (Path above : layers.above(file)) {
            layers.bringInto(above, file);
        }
        layers.forget(snapshot);
        layers.removeUnused();
    }

    private void write(int pattern, int mebibyte) throws Exception {
        io("write -P " + pattern + " " + mebibyte + "M 1M");
    }

    private void shows(int pattern, int mebibyte) throws Exception {
        assertThat(io("read -P " + pattern + " " + mebibyte + "M 1M"))
                .doesNotContain("verification failed")
                .contains("read " + MIB + "/" + MIB);
    }

    private String io(String command) throws Exception {
        Path file = pool.ensureDisk(vmDir, spec).file();
        return TestingImages.run(state, "qemu-io", "-f", "qcow2", "-c", command, file.toString());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(vmDir.resolve("disks"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
