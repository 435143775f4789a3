package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessInfo;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationProgress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM that does not run is moved between two daemons, by real storage daemons, and started there by a real QEMU. */
@Tag("guest")
class ColdMoveGuestTest {
    private static final MigrationGoal SLOW = new MigrationGoal(100, 300, true, true, 1);

    @TempDir
    private static Path machine;

    private static TestingHost a;
    private static TestingHost b;

    @BeforeAll
    static void startHosts() throws IOException {
        Files.setPosixFilePermissions(machine, PosixFilePermissions.fromString("rwxr-xr-x"));
        String pool = "shared=" + Files.createDirectory(machine.resolve("mount"));
        boolean root = System.getProperty("user.name").equals("root");
        String[] options = root
                ? new String[] {"--shared-pool", pool, "--qemu-user", "65534:65534"}
                : new String[] {"--shared-pool", pool};
        a = TestingHost.start(options);
        b = a.second(options);
    }

    @AfterAll
    static void endHosts() throws IOException {
        b.close();
        a.close();
    }

    @Test
    void aStoppedVmHasTheSameDisksWhereItArrivesAndStartsThere() throws Exception {
        VmSpec spec = stopped();
        TestingMove move = move(spec);
        move.depart(move.awaitReady(), MigrationGoal.DEFAULT);

        move.awaitDeparture(Phase.HANDED_OVER);

        assertThat(move.arrival().phase()).isEqualTo(ArrivalAnswer.Phase.ARRIVED);
        b.awaitState(spec.id(), ObservedState.STOPPED);
        assertThat(a.get(spec.id()).state()).isEqualTo(ObservedState.DEPARTED);
        for (DiskSpec disk : spec.shape().disks().subList(0, 2)) {
            run("qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", file(a, spec, disk), file(b, spec, disk));
        }
        assertThat(move.release().state()).isEqualTo(ObservedState.ABSENT);
        assertThat(a.vmDirectory(spec.id())).doesNotExist();
        VmSpec started = TestingHost.startedAgain(
                TestingHost.next(move.spec, DesiredState.STOPPED, StopPolicy.HARD, move.spec.runEpoch()));
        b.put(started);
        b.awaitSerial(spec.id(), 0, "obedient: hello");
        assertThat(storageDaemons()).isEmpty();
        b.delete(started);
    }

    @Test
    void aVmWithNothingButSharedDisksChangesHandsWithoutACopy() throws Exception {
        ImageRef image = a.images().obedientGuest();
        DiskSpec disk = new DiskSpec(DiskId.random(), image, Mebibytes.ceilOfBytes(image.virtualSize()), "shared");
        VmSpec spec = stopped(List.of(disk));
        TestingMove move = new TestingMove(a, b, spec);

        assertThat(move.awaitReady().endpoint())
                .returns(null, ArrivalAnswer.Endpoint::diskPort)
                .returns(null, ArrivalAnswer.Endpoint::memoryPort);
        move.carryOut();

        VmSpec started = TestingHost.startedAgain(move.spec);
        b.put(started);
        b.awaitSerial(spec.id(), 0, "obedient: hello");
        b.delete(started);
    }

    @Test
    void aDaemonThatRestartsInTheMiddleLeavesTheVmWhereItWas() throws Exception {
        VmSpec spec = stopped();
        TestingMove first = move(spec);
        first.depart(first.awaitReady(), SLOW);
        awaitMiddle(first);
        a.killDaemon();
        a.startDaemon();
        first.awaitDeparture(Phase.STAYED);
        assertThat(first.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        assertThat(storageDaemons()).isEmpty();

        VmSpec stays = first.back();
        a.put(stays);
        TestingMove second = move(stays);
        second.depart(second.awaitReady(), SLOW);
        awaitMiddle(second);
        b.killDaemon();
        b.startDaemon();
        second.awaitDeparture(Phase.STAYED);
        assertThat(second.arrival().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        await("the copy at the destination is gone")
                .atMost(TestingHost.PATIENCE)
                .until(() -> !Files.exists(b.vmDirectory(spec.id())));
        assertThat(storageDaemons()).isEmpty();

        VmSpec started = TestingHost.startedAgain(second.back());
        a.put(started);
        a.awaitSerial(spec.id(), 0, "obedient: hello");
        a.delete(started);
    }

    /** Its disks: a clone of an image that boots, an empty one with 20 MiB written to it, a shared one. */
    private static VmSpec stopped() throws Exception {
        ImageRef image = a.images().obedientGuest();
        DiskSpec data = new DiskSpec(DiskId.random(), null, new Mebibytes(64));
        VmSpec spec = stopped(List.of(
                new DiskSpec(DiskId.random(), image, Mebibytes.ceilOfBytes(image.virtualSize())),
                data,
                new DiskSpec(DiskId.random(), null, new Mebibytes(16), "shared")));
        run("qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 7M 20M", file(a, spec, data));
        return spec;
    }

    private static VmSpec stopped(List<DiskSpec> disks) {
        VmSpec running = a.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, disks, null));
        VmSpec spec = TestingHost.next(running, DesiredState.STOPPED, StopPolicy.HARD, 1);
        a.put(spec);
        a.awaitState(spec.id(), ObservedState.STOPPED);
        return spec;
    }

    private static TestingMove move(VmSpec spec) {
        List<DiskSpec> disks = spec.shape().disks();
        return new TestingMove(a, b, spec)
                .copying(disks.get(0).id(), disks.get(1).id());
    }

    private static void awaitMiddle(TestingMove move) {
        await("some is copied and some is not").atMost(TestingHost.PATIENCE).until(() -> {
            MigrationProgress now = move.departure().progress();
            return now != null && now.remainingBytes() > 0 && now.remainingBytes() < now.totalBytes();
        });
    }

    private static String file(TestingHost host, VmSpec spec, DiskSpec disk) {
        return host.vmDirectory(spec.id()) + "/disks/" + disk.id() + ".qcow2";
    }

    private static List<Long> storageDaemons() throws IOException {
        Path one = a.state().toRealPath();
        Path other = b.state().toRealPath();
        List<Long> found = new ArrayList<>();
        for (ProcessInfo process : ProcFs.ofHost()
                .scan(words -> !words.isEmpty() && words.getFirst().endsWith("qemu-storage-daemon"))) {
            Path directory = process.workingDirectory();
            if (directory != null && !process.zombie() && (directory.startsWith(one) || directory.startsWith(other))) {
                found.add(process.pid());
            }
        }
        return found;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + said)
                .isZero();
    }
}
