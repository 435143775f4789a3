package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.DiskOrigin.Mode;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges.Found;
import dev.yado.protocol.backup.BackupAnswer.Phase;
import dev.yado.protocol.snapshot.SnapshotJob.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests are backed up while they run, and what is restored is asked for what they wrote. */
@Tag("guest")
class BackupGuestTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private static Path machine;

    private static TestingHost host;
    private static TestingFiles files;

    @BeforeAll
    static void startHost() throws IOException {
        Files.setPosixFilePermissions(machine, PosixFilePermissions.fromString("rwxr-xr-x"));
        String repository = TestingBackup.REPOSITORY + "=" + machine.resolve("repository");
        boolean root = System.getProperty("user.name").equals("root");
        host = root
                ? TestingHost.start("--repository", repository, "--qemu-user", "65534:65534")
                : TestingHost.start("--repository", repository);
        files = new TestingFiles(host);
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void aSecondBackupReadsWhatHasChangedAndBothComeBackAsTheyWere() throws IOException {
        VmSpec spec = files.ready(2);
        files.write(spec, "first", 20);
        TestingBackup first = new TestingBackup(host, spec, null);
        BackupAnswer full = first.take();
        assertThat(full.disks()).extracting(DiskChanges::found).containsOnly(Found.FULL);
        assertThat(Objects.requireNonNull(full.point()).consistency()).isEqualTo(Consistency.CRASH);
        files.write(spec, "second", 1);

        TestingBackup second = new TestingBackup(host, spec, first);
        BackupAnswer incremental = second.take();

        assertThat(incremental.disks()).extracting(DiskChanges::found).containsOnly(Found.BITMAP);
        assertThat(Objects.requireNonNull(incremental.result()).readBytes()).isLessThan(12 * MIB);
        assertThat(second.take()).isEqualTo(incremental);
        assertNothingIsLeft(spec);
        host.delete(spec);
        VmSpec whole = files.restore(second, Mode.FULL);
        files.check(whole, "first");
        files.check(whole, "second");
        host.delete(whole);
        VmSpec older = files.restore(first, Mode.INSTANT);
        files.check(older, "first");
        host.type(older.id(), "ls /mnt/vda/second; echo gone=$?\n");
        host.awaitSerial(older.id(), 0, "gone=1");
        host.delete(older);
    }

    @Test
    void whatTheGuestOverwritesMeanwhileIsNotInTheBackup() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "old", 24);
        TestingBackup slow = new TestingBackup(host, spec, null, 3).put();
        slow.awaitCopying();

        host.type(
                spec.id(),
                "cp /mnt/vda/old /old; dd if=/dev/zero of=/mnt/vda/old bs=1M count=24 conv=notrunc,fsync; rm"
                        + " /mnt/vda/old; dd if=/dev/urandom of=/mnt/vda/new bs=1M count=24 conv=fsync; echo over=$?\n");
        host.awaitSerial(spec.id(), 0, "over=0");
        assertThat(slow.get().phase()).isEqualTo(Phase.COPYING);
        slow.awaitPhase(Phase.DONE);

        host.delete(spec);
        VmSpec back = files.restore(slow, Mode.FULL);
        files.check(back, "old");
        host.delete(back);
    }

    @Test
    void aGuestThatWritesAllTheTimeSurvivesItsBackups() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "first", 1);
        host.type(spec.id(), "(i=0; while :; do i=$((i+1)); echo $i >/mnt/vda/n; sync; done) & echo writes=$((1))\n");
        host.awaitSerial(spec.id(), 0, "writes=1");

        TestingBackup last = null;
        for (int i = 0; i < 8; i++) {
            last = new TestingBackup(host, spec, last);
            last.take();
        }

        host.type(spec.id(), "kill %1; echo alive=$((1))\n");
        host.awaitSerial(spec.id(), 0, "alive=1");
        host.delete(spec);
        VmSpec back = files.restore(Objects.requireNonNull(last), Mode.FULL);
        files.check(back, "first");
        host.delete(back);
    }

    @Test
    void aGuestThatWasKilledIsReadAndComparedAndOnlyChangesAreStored() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "first", 20);
        TestingBackup first = new TestingBackup(host, spec, null);
        first.take();
        TestingHost.kill(host.pid(spec.id()));
        host.awaitState(spec.id(), ObservedState.CRASHED);
        VmSpec again = TestingHost.startedAgain(spec);
        host.put(again);
        files.awaitReady(again, 2);
        files.write(again, "second", 1);

        TestingBackup second = new TestingBackup(host, again, first);
        BackupAnswer compared = second.take();

        DiskChanges disk = compared.disks().getFirst();
        assertThat(disk.found()).isEqualTo(Found.COMPARE);
        assertThat(disk.why()).contains("no note");
        assertThat(Objects.requireNonNull(compared.result()).storedBytes()).isLessThan(8 * MIB);
        host.delete(again);
        VmSpec back = files.restore(second, Mode.INSTANT);
        files.check(back, "first");
        files.check(back, "second");
        host.delete(back);
    }

    @Test
    void aStoppedVmIsBackedUpFromItsFilesAndItsNextBackupStillKnowsWhatHasChanged() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "first", 20);
        TestingBackup running = new TestingBackup(host, spec, null);
        running.take();
        VmSpec stopped = TestingHost.stoppedGracefully(spec, 60);
        host.put(stopped);
        host.awaitState(spec.id(), ObservedState.STOPPED);

        TestingBackup atRest = new TestingBackup(host, stopped, running);
        BackupAnswer answer = atRest.take();

        assertThat(Objects.requireNonNull(answer.point()).consistency()).isEqualTo(Consistency.STOPPED);
        assertThat(answer.disks()).extracting(DiskChanges::found).containsOnly(Found.BITMAP);
        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);
        files.awaitReady(again, 2);
        files.write(again, "second", 1);
        TestingBackup third = new TestingBackup(host, again, atRest);
        assertThat(third.take().disks()).extracting(DiskChanges::found).containsOnly(Found.BITMAP);
        host.delete(again);
        VmSpec back = files.restore(third, Mode.FULL);
        files.check(back, "first");
        files.check(back, "second");
        host.delete(back);
    }

    @Test
    void aBackupThatIsCancelledLeavesNothingAndTheNextOneKnowsWhatHasChanged() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "first", 20);
        TestingBackup first = new TestingBackup(host, spec, null);
        first.take();
        files.write(spec, "second", 20);
        TestingBackup cancelled = new TestingBackup(host, spec, first, 4).put();
        cancelled.awaitCopying();
        files.write(spec, "third", 1);

        cancelled.cancel();

        assertThat(Objects.requireNonNull(cancelled.awaitPhase(Phase.CANCELLED).failure())
                        .code())
                .isEqualTo(ErrorCode.CANCELLED);
        assertNothingIsLeft(spec);
        TestingBackup next = new TestingBackup(host, spec, first);
        assertThat(next.take().disks()).extracting(DiskChanges::found).containsOnly(Found.BITMAP);
        host.delete(spec);
        VmSpec back = files.restore(next, Mode.FULL);
        files.check(back, "first");
        files.check(back, "second");
        files.check(back, "third");
        host.delete(back);
    }

    @Test
    void aDaemonThatDiesLeavesTheGuestAloneAndItsSuccessorTakesEverythingAway() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "first", 20);
        TestingBackup first = new TestingBackup(host, spec, null);
        first.take();
        files.write(spec, "second", 20);
        TestingBackup interrupted = new TestingBackup(host, spec, first, 4).put();
        interrupted.awaitCopying();

        host.killDaemon();
        host.startDaemon();

        assertThat(Objects.requireNonNull(interrupted.awaitPhase(Phase.FAILED).failure())
                        .code())
                .isEqualTo(ErrorCode.BACKUP_FAILED);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        assertNothingIsLeft(spec);
        files.write(spec, "third", 1);
        TestingBackup next = new TestingBackup(host, spec, first);
        assertThat(next.take().disks()).extracting(DiskChanges::found).containsOnly(Found.BITMAP);
        host.delete(spec);
        VmSpec back = files.restore(next, Mode.INSTANT);
        files.check(back, "second");
        files.check(back, "third");
        host.delete(back);
    }

    @Test
    void aGuestThatIsKilledOrDeletedMeanwhileEndsItsBackupWithACode() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "first", 20);
        TestingBackup killed = new TestingBackup(host, spec, null, 4).put();
        killed.awaitCopying();
        TestingHost.kill(host.pid(spec.id()));
        assertThat(Objects.requireNonNull(killed.awaitPhase(Phase.FAILED).failure())
                        .code())
                .isEqualTo(ErrorCode.BACKUP_FAILED);
        host.awaitState(spec.id(), ObservedState.CRASHED);
        TestingBackup atRest = new TestingBackup(host, spec, null, 4).put();
        atRest.awaitCopying();

        VmSpec again = TestingHost.startedAgain(spec);
        host.put(again);

        assertThat(Objects.requireNonNull(atRest.awaitPhase(Phase.FAILED).failure())
                        .code())
                .isEqualTo(ErrorCode.CONFLICT);
        files.awaitReady(again, 2);
        TestingBackup deleted = new TestingBackup(host, again, null, 4).put();
        deleted.awaitCopying();
        host.delete(again);
        assertThat(host.vmDirectory(spec.id())).doesNotExist();
        deleted.awaitPhase(Phase.FAILED);
    }

    @Test
    void aBackupThatIsRestoredInPlaceCanBeUndone() throws IOException {
        VmSpec spec = files.ready(1);
        files.write(spec, "old", 8);
        TestingBackup backup = new TestingBackup(host, spec, null);
        backup.take();
        host.type(spec.id(), "rm /mnt/vda/old*; echo gone=$((1))\n");
        host.awaitSerial(spec.id(), 0, "gone=1");
        files.write(spec, "new", 8);
        VmSpec stopped = TestingHost.stopped(spec);
        host.put(stopped);
        TestingSnapshot undo = new TestingSnapshot(host, spec);

        undo.restore(backup.job);

        VmSpec restored = TestingHost.startedAgain(stopped);
        host.put(restored);
        files.awaitReady(restored, 2);
        files.check(restored, "old");
        host.type(restored.id(), "ls /mnt/vda/new; echo none=$?\n");
        host.awaitSerial(restored.id(), 0, "none=1");
        VmSpec stoppedAgain = TestingHost.stopped(restored);
        host.put(stoppedAgain);
        undo.done(Verb.REVERT);
        VmSpec undone = TestingHost.startedAgain(stoppedAgain);
        host.put(undone);
        await("the third boot")
                .atMost(TestingHost.PATIENCE)
                .until(() -> host.serial(undone.id(), 0).split("yado-guest: disk vda boots=", -1).length > 3);
        host.type(undone.id(), "echo undone=$((1))\n");
        host.awaitSerial(undone.id(), 0, "undone=1");
        files.check(undone, "new");
        host.delete(undone);
    }

    private static void assertNothingIsLeft(VmSpec spec) {
        assertThat(host.vmDirectory(spec.id()).resolve("backup")).doesNotExist();
    }
}
