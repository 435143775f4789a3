package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest that writes to its disks all the time is moved between two daemons that do not share all of them. */
@Tag("guest")
class DiskMoveGuestTest {
    /** Writes files round and round, and keeps in memory what each should hold. */
    private static final String WRITER = "i=0; while [ ! -e /stop ]; do i=$((i+1)); n=$((i%12));"
            + " dd if=/dev/urandom of=/mnt/vda/f$n bs=64k count=4 conv=fsync 2>/dev/null;"
            + " sha256sum /mnt/vda/f$n >/s$n; cp /mnt/vda/f$n /mnt/vdc/f$n; sed s,vda,vdc, /s$n >/t$n; done &\n";

    /** Asks the disks themselves, not the guest's memory. */
    private static final String CHECK = "touch /stop; wait; sync; echo 3 >/proc/sys/vm/drop_caches;"
            + " cat /s* /t* | sha256sum -c >/checked; echo checked=$? files=$(grep -c OK /checked)\n";

    /** Slow enough to be caught in the middle. */
    private static final MigrationGoal SLOW = new MigrationGoal(100, 300, true, true, 2);

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
    void whatTheGuestWritesWhileItMovesIsAllThereAndSharedDisksAreNotCopied() throws IOException {
        VmSpec spec = writing();
        TestingMove move = move(spec);
        move.depart(move.awaitReady(), MigrationGoal.DEFAULT);

        DepartureAnswer answer = move.awaitDeparture(Phase.HANDED_OVER);

        assertThat(Objects.requireNonNull(answer.result()).copiedBytes()).isGreaterThan(20L << 20);
        b.awaitState(spec.id(), ObservedState.RUNNING);
        assertThat(move.release().state()).isEqualTo(ObservedState.ABSENT);
        assertThat(a.vmDirectory(spec.id())).doesNotExist();
        assertThat(shared(spec)).exists();
        b.type(spec.id(), CHECK);
        b.awaitSerial(spec.id(), 0, "checked=0 files=24");
        b.delete(move.spec);
        assertThat(shared(spec).getParent()).doesNotExist();
    }

    @Test
    void aDestinationThatDiesWhileDisksAreCopiedLeavesTheGuestAndItsDisksAlone() throws IOException {
        VmSpec spec = writing();
        TestingMove move = move(spec);
        move.depart(move.awaitReady(), SLOW);
        awaitDisks(move);

        TestingHost.kill(b.pid(spec.id()));

        DepartureAnswer stayed = move.awaitDeparture(Phase.STAYED);
        assertThat(Objects.requireNonNull(stayed.cause()).code()).isEqualTo(Cause.Code.MIGRATION_FAILED);
        assertThat(stayed.cause().detail()).contains("Copying disk");
        assertThat(move.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        assertWritesOn(spec);
        assertThat(b.vmDirectory(spec.id())).doesNotExist();
        assertThat(shared(spec)).exists();
        a.delete(move.back());
    }

    @Test
    void aMoveThatIsCancelledOrWhoseDaemonRestartsWhileDisksAreCopiedCanBeginAnew() throws IOException {
        VmSpec spec = writing();
        TestingMove cancelled = move(spec);
        cancelled.depart(cancelled.awaitReady(), SLOW);
        awaitDisks(cancelled);
        cancelled.cancel();
        assertThat(Objects.requireNonNull(cancelled.awaitDeparture(Phase.STAYED).cause())
                        .code())
                .isEqualTo(Cause.Code.MIGRATION_CANCELLED);
        assertThat(cancelled.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        VmSpec stays = cancelled.back();
        a.put(stays);

        TestingMove interrupted = move(stays);
        interrupted.depart(interrupted.awaitReady(), SLOW);
        awaitDisks(interrupted);
        a.killDaemon();
        a.startDaemon();
        interrupted.awaitDeparture(Phase.STAYED);
        assertThat(interrupted.settle().phase()).isEqualTo(ArrivalAnswer.Phase.ABORTED);
        VmSpec stillStays = interrupted.back();
        a.put(stillStays);

        TestingMove last = move(stillStays);
        last.carryOut();
        b.type(spec.id(), CHECK);
        b.awaitSerial(spec.id(), 0, "checked=0 files=24");
        b.delete(last.spec);
    }

    /** It has three disks, of which only the last is shared, and has written to the first and the last for a while. */
    private static VmSpec writing() throws IOException {
        DirectBoot boot = new DirectBoot(
                a.images().witness("vmlinuz", ImageFormat.RAW),
                a.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        DiskSpec own = new DiskSpec(DiskId.random(), null, new Mebibytes(64));
        DiskSpec idle = new DiskSpec(DiskId.random(), null, new Mebibytes(16));
        DiskSpec shared = new DiskSpec(DiskId.random(), null, new Mebibytes(64), "shared");
        VmShape shape = new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(own, idle, shared), boot);
        VmSpec spec = a.spec(shape);
        a.put(spec);
        a.awaitSerial(spec.id(), 0, "yado-guest: ready");
        a.type(spec.id(), "dd if=/dev/urandom of=/mnt/vda/large bs=1M count=20 conv=fsync; echo large=$?\n");
        a.awaitSerial(spec.id(), 0, "large=0");
        a.type(spec.id(), WRITER);
        a.type(spec.id(), "while [ ! -e /t0 ]; do usleep 100000; done; echo round=$((1))\n");
        a.awaitSerial(spec.id(), 0, "round=1");
        a.awaitState(spec.id(), ObservedState.RUNNING);
        return spec;
    }

    private static TestingMove move(VmSpec spec) {
        List<DiskSpec> disks = spec.shape().disks();
        return new TestingMove(a, b, spec)
                .copying(disks.get(0).id(), disks.get(1).id());
    }

    private static void awaitDisks(TestingMove move) {
        await("some of the disk is copied and some is not")
                .atMost(TestingHost.PATIENCE)
                .until(() -> {
                    MigrationProgress now = move.departure().progress();
                    return now != null
                            && now.part() == MigrationProgress.Part.DISKS
                            && now.remainingBytes() > 0
                            && now.remainingBytes() < now.totalBytes();
                });
    }

    private static void assertWritesOn(VmSpec spec) {
        VmId id = spec.id();
        a.type(id, CHECK);
        a.awaitSerial(id, 0, "checked=0 files=24");
    }

    private static Path shared(VmSpec spec) {
        return machine.resolve("mount/disks/" + spec.id() + "/"
                + spec.shape().disks().getLast().id() + ".qcow2");
    }
}
