package dev.yado.storage;

import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts on one directory. */
@EnabledIf("qemuIsInstalled")
class SharedPoolTest {
    private static final DiskTool TOOL = DiskTool.DEFAULT;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path machine;

    private final TestingImages images = new TestingImages();
    private final List<SharedPool> opened = new ArrayList<>();
    private Path mount;

    static boolean qemuIsInstalled() {
        return Files.isExecutable(TOOL.qemuImg()) && Files.isExecutable(Path.of("/usr/bin/qemu-io"));
    }

    @BeforeEach
    void mount() throws IOException {
        mount = Files.createDirectory(machine.resolve("mount"));
    }

    @AfterEach
    void closePools() {
        opened.forEach(SharedPool::close);
    }

    @Test
    void allHostsSeeTheMarkerThatTheFirstOneMade() throws Exception {
        List<Callable<SharedPool>> hosts = Stream.of("a", "b", "c", "d")
                .<Callable<SharedPool>>map(host -> () -> pool(host))
                .toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(hosts.size())) {
            List<SharedPool.Standing> standings = new ArrayList<>();
            for (Future<SharedPool> pool : threads.invokeAll(hosts)) {
                standings.add(pool.get().standing());
            }
            assertThat(standings).allSatisfy(standing -> {
                assertThat(standing.problem()).isNull();
                assertThat(standing.marker()).isEqualTo(standings.getFirst().marker());
                assertThat(standing.free().value()).isPositive();
            });
        }
    }

    @Test
    void whatADaemonLeftThatWasKilledWhileItTriedThePoolOutIsRemoved() throws Exception {
        Path left = Files.createFile(mount.resolve(".probe.1"));
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        Path another = Files.createFile(mount.resolve(".probe.2"));

        assertThat(pool("a").standing().problem()).isNull();

        assertThat(left).doesNotExist();
        assertThat(another).exists();
    }

    @Test
    void aDiskThatOneHostMadeIsOpenedByTheOtherWithItsImage() throws Exception {
        VmId vm = VmId.random();
        ImageRef image = images.raw(TestingImages.sparse(8));
        DiskSpec spec = new DiskSpec(DiskId.random(), image, new Mebibytes(16), "shared");

        Disk here = pool("a").ensureDisk(vm, spec);
        Disk there = pool("b").ensureDisk(vm, spec);

        assertThat(there).isEqualTo(here);
        assertThat(here.file()).isEqualTo(mount.resolve("disks/" + vm + "/" + spec.id() + ".qcow2"));
        assertThat(base(here)).isEqualTo(mount.resolve("images/" + image.sha256() + ".raw"));
        assertThat(images.opened).hasValue(1);
        TestingImages.run(
                machine,
                "qemu-io",
                "-r",
                "-f",
                "qcow2",
                "-c",
                "read -P 0x33 2M 1M",
                there.file().toString());
    }

    @Test
    void hostsThatMakeDisksOfOneImageAtTheSameTimeEndWithOneFileOfIt() throws Exception {
        ImageRef image = images.raw(TestingImages.noise(8 << 20, 1));
        List<SharedPool> hosts = List.of(pool("a"), pool("b"), pool("c"));
        List<Callable<Disk>> work = new ArrayList<>();
        for (int vm = 0; vm < 12; vm++) {
            SharedPool host = hosts.get(vm % hosts.size());
            work.add(
                    () -> host.ensureDisk(VmId.random(), new DiskSpec(DiskId.random(), image, new Mebibytes(16), "s")));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(work.size())) {
            for (Future<Disk> disk : threads.invokeAll(work)) {
                assertThat(base(disk.get())).hasBinaryContent(TestingImages.noise(8 << 20, 1));
            }
        }
        assertThat(files(mount.resolve("images"))).containsExactly(image.sha256() + ".raw");
    }

    @Test
    void aPoolWhoseMarkerIsGoneIsNotWrittenTo() throws Exception {
        SharedPool pool = pool("a");
        Files.delete(mount.resolve(PoolMarker.NAME));

        refused(
                ErrorCode.POOL_UNAVAILABLE,
                "its marker .yado-pool is gone",
                () -> pool.ensureDisk(VmId.random(), new DiskSpec(DiskId.random(), null, new Mebibytes(1), "shared")));
        await("the problem is told")
                .atMost(PATIENCE)
                .until(() -> pool.standing().problem() != null);
        assertThat(files(mount)).doesNotContain(PoolMarker.NAME, "disks");
        assertThat(pool("a").standing().problem()).contains("is not mounted");
    }

    @Test
    void anotherFileSystemInItsPlaceIsToldAndItsReturnIsSeen() throws Exception {
        SharedPool pool = pool("a");
        var marker = pool.standing().marker();
        Path elsewhere = Files.move(mount, machine.resolve("elsewhere"));
        Files.createDirectory(mount);
        assertThat(pool("b").standing().problem()).isNull();

        await("the other marker is seen")
                .atMost(PATIENCE)
                .until(() -> String.valueOf(pool.standing().problem()).contains("instead of " + marker));
        assertThat(pool.standing().marker()).isEqualTo(marker);
        assertThat(pool.look(VmId.random(), new DiskSpec(DiskId.random(), null, new Mebibytes(1), "shared"), false))
                .isEmpty();

        Files.move(mount, machine.resolve("wrong"));
        Files.move(elsewhere, mount);
        await("it is back").atMost(PATIENCE).until(() -> pool.standing().problem() == null);
    }

    @Test
    void aDirectoryThatIsNotThereIsToldAndNotMade() throws Exception {
        Files.delete(mount);

        SharedPool.Standing standing = pool("a").standing();

        assertThat(standing.problem()).isEqualTo("its directory is not there");
        assertThat(standing.marker()).hasToString("00000000-0000-0000-0000-000000000000");
        assertThat(mount).doesNotExist();
    }

    @Test
    void aPoolOfHostsThatRunQemuAsSomebodyElseIsNotUsed() throws Exception {
        SharedPool first = pool("a");
        FileOwner other =
                new FileOwner(FileOwner.self().uid() + 1, FileOwner.self().gid());

        SharedPool second = pool("b", PoolSettings.DEFAULT.withOwner(other));

        assertThat(first.standing().problem()).isNull();
        assertThat(second.standing().problem()).contains("on the host that made the pool");
    }

    @Test
    void removingAVmRemovesItsDisksAndNoneOfAnotherVm() throws Exception {
        SharedPool here = pool("a");
        SharedPool there = pool("b");
        VmId gone = VmId.random();
        VmId stays = VmId.random();
        here.ensureDisk(gone, new DiskSpec(DiskId.random(), null, new Mebibytes(1), "shared"));
        there.ensureDisk(stays, new DiskSpec(DiskId.random(), null, new Mebibytes(1), "shared"));

        there.removeDisks(gone);
        here.removeDisks(gone);

        assertThat(files(mount.resolve("disks"))).containsExactly(stays.toString());
    }

    @Test
    void aDiskThatSomeQemuHasOpenIsNotRemoved() throws Exception {
        SharedPool pool = pool("a");
        VmId vm = VmId.random();
        Disk disk = pool.ensureDisk(vm, new DiskSpec(DiskId.random(), null, new Mebibytes(1), "shared"));
        Process qemu = new ProcessBuilder("qemu-io", "-f", "qcow2", disk.file().toString()).start();
        try {
            await("QEMU has it open").atMost(PATIENCE).until(() -> ImageLocks.held(disk.file()));
            refused(ErrorCode.IN_USE, "is open in a QEMU of some host", () -> pool.removeDisks(vm));
            assertThat(disk.file()).exists();
        } finally {
            qemu.destroyForcibly().onExit().join();
        }
        pool.removeDisks(vm);
        assertThat(disk.file()).doesNotExist();
    }

    @Test
    void anImageIsKeptWhileADiskOfAnyHostStandsOnIt() throws Exception {
        ImageRef image = images.raw(TestingImages.sparse(4));
        VmId vm = VmId.random();
        pool("a").ensureDisk(vm, new DiskSpec(DiskId.random(), image, new Mebibytes(8), "shared"));
        Path file = mount.resolve("images/" + image.sha256() + ".raw");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        SharedPool other = pool("b");

        assertThat(other.evictUnused()).isEmpty();
        other.removeDisks(vm);
        assertThat(other.evictUnused()).isEqualTo(Set.of(image.sha256()));
        assertThat(file).doesNotExist();
    }

    private SharedPool pool(String host) throws IOException, InterruptedException {
        return pool(host, PoolSettings.DEFAULT);
    }

    private SharedPool pool(String host, PoolSettings settings) throws IOException, InterruptedException {
        SharedPool pool =
                SharedPool.open("shared", mount, machine.resolve(host + "/shared-pools"), images, TOOL, settings);
        synchronized (opened) {
            opened.add(pool);
        }
        return pool;
    }

    private static Path base(Disk disk) {
        return Objects.requireNonNull(disk.base()).file();
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
