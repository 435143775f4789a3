package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskOrigin.Mode;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges.Found;
import dev.yado.protocol.backup.BackupAnswer.Phase;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VMs that do not run are backed up and restored; what is on their disks is written and compared by QEMU's own tools. */
class BackupTest {
    @TempDir
    private static Path machine;

    private static TestingHost host;
    private static Path repository;

    @BeforeAll
    static void startHost() throws IOException {
        repository = machine.resolve("repository");
        Path unmounted = Files.createDirectory(machine.resolve("unmounted"));
        Files.writeString(unmounted.resolve("something"), "else");
        host = TestingHost.start(
                "--repository", TestingBackup.REPOSITORY + "=" + repository, "--repository", "unmounted=" + unmounted);
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void whatWasWrittenSinceIsFoundByTheBitmapAndEveryBackupIsCompleteByItself() throws Exception {
        VmSpec spec = stopped();
        write(spec, "write -P 0x11 0 16M", "write -P 0x22 40M 3M");
        TestingBackup first = new TestingBackup(host, spec, null);
        BackupAnswer full = first.take();
        assertThat(full.disks()).extracting(DiskChanges::found).containsExactly(Found.FULL);
        Path before = copy(spec);
        write(spec, "write -P 0x33 1M 64k", "write -z 41M 1M");

        TestingBackup second = new TestingBackup(host, spec, first);
        BackupAnswer incremental = second.take();

        assertThat(incremental.disks()).extracting(DiskChanges::found).containsExactly(Found.BITMAP);
        assertThat(Objects.requireNonNull(incremental.result()).readBytes()).isLessThanOrEqualTo(2 << 20);
        assertSame(disk(spec), restored(second));
        assertSame(before, restored(first));
        host.delete(spec);
    }

    @Test
    void aDiskWithoutItsBitmapIsReadAndCompared() throws Exception {
        VmSpec spec = stopped();
        write(spec, "write -P 0x44 0 16M");
        TestingBackup first = new TestingBackup(host, spec, null);
        first.take();
        run("qemu-img", "bitmap", "--remove", "-f", "qcow2", disk(spec).toString(), "yado-" + first.job.id());
        write(spec, "write -P 0x55 5M 64k");

        TestingBackup second = new TestingBackup(host, spec, first);
        BackupAnswer compared = second.take();

        assertThat(compared.disks().getFirst().found()).isEqualTo(Found.COMPARE);
        assertThat(compared.disks().getFirst().why()).contains("no note");
        assertThat(Objects.requireNonNull(compared.result()).newChunks()).isLessThanOrEqualTo(2);
        assertSame(disk(spec), restored(second));
        host.delete(spec);
    }

    @Test
    void aPreviousBackupThatIsGoneIsSaidAndAllIsRead() throws Exception {
        VmSpec spec = stopped();
        write(spec, "write -P 0x66 0 4M");
        TestingBackup never = new TestingBackup(host, spec, null);

        BackupAnswer answer = new TestingBackup(host, spec, never).take();

        assertThat(answer.disks().getFirst().found()).isEqualTo(Found.FULL);
        assertThat(answer.disks().getFirst().why()).contains(never.job.id().toString());
        host.delete(spec);
    }

    @Test
    void aRepositoryThatIsNotThereIsNeverWrittenTo() throws Exception {
        VmSpec spec = stopped();
        write(spec, "write -P 0x77 0 4M");
        Path away = machine.resolve("away");
        Files.move(repository, away);
        try {
            TestingBackup backup = new TestingBackup(host, spec, null).put();
            assertThat(Objects.requireNonNull(backup.awaitPhase(Phase.FAILED).failure())
                            .code())
                    .isEqualTo(ErrorCode.REPOSITORY_UNAVAILABLE);
            assertThat(repository).doesNotExist();
            assertThat(host.vmDirectory(spec.id()).resolve("backup")).doesNotExist();
        } finally {
            Files.move(away, repository);
        }
        new TestingBackup(host, spec, null).take();
        HostReport report = TestingMove.answer(host.send("GET", "/v1/report", new byte[0]), HostReport.class);
        assertThat(Objects.requireNonNull(report.facts().backup()).repositories())
                .satisfiesExactly(
                        good -> assertThat(good.problem()).isNull(),
                        bad -> assertThat(bad.problem()).isNotNull());
        host.delete(spec);
    }

    @Test
    void whatCannotBeBackedUpIsRefusedWithACode() throws Exception {
        VmSpec spec = stopped();
        TestingBackup unknown = new TestingBackup(host, spec, null);
        assertRefused(
                host.send("GET", "/v1/vms/" + spec.id() + "/backup?backup=" + BackupId.random(), new byte[0]),
                ErrorCode.NOT_FOUND);
        assertThat(unknown.cancel().phase()).isEqualTo(Phase.CANCELLED);
        assertThat(unknown.put().get().phase()).isEqualTo(Phase.CANCELLED);
        VmSpec elsewhere = host.spec(spec.shape());
        assertRefused(new TestingBackup(host, elsewhere, null).tryPut(), ErrorCode.NOT_FOUND);
        assertRefused(
                new TestingBackup(host, with(spec, new DiskSpec(DiskId.random(), null, new Mebibytes(1))), null)
                        .tryPut(),
                ErrorCode.NOT_FOUND);
        host.delete(spec);
    }

    @Test
    void aDiskThatCannotBeRestoredIsNotMade() throws Exception {
        VmSpec spec = stopped();
        write(spec, "write -P 0x88 0 4M");
        TestingBackup backup = new TestingBackup(host, spec, null);
        backup.take();
        DiskId was = spec.shape().disks().getFirst().id();
        for (DiskSpec bad : List.of(
                restoring(new DiskOrigin(TestingBackup.REPOSITORY, BackupId.random(), was, Mode.FULL), 64),
                restoring(new DiskOrigin(TestingBackup.REPOSITORY, backup.job.id(), DiskId.random(), Mode.INSTANT), 64),
                restoring(new DiskOrigin("nowhere", backup.job.id(), was, Mode.INSTANT), 64),
                restoring(new DiskOrigin(TestingBackup.REPOSITORY, backup.job.id(), was, Mode.FULL), 32))) {
            VmSpec restored = with(host.spec(spec.shape()), bad);
            host.put(restored);
            host.awaitState(restored.id(), ObservedState.FAILED);
            assertThat(Objects.requireNonNull(host.get(restored.id()).cause()).code())
                    .isIn(Cause.Code.START_FAILED, Cause.Code.BACKUP_UNAVAILABLE);
            assertThat(disk(restored)).doesNotExist();
            host.delete(restored);
        }
        host.delete(spec);
    }

    private static DiskSpec restoring(DiskOrigin origin, int mebibytes) {
        return new DiskSpec(DiskId.random(), null, new Mebibytes(mebibytes), null, origin);
    }

    private static VmSpec with(VmSpec spec, DiskSpec disk) {
        return TestingHost.with(
                spec,
                was -> new VmShape(was.vcpus(), was.memory(), was.accelerator(), List.of(disk), was.boot()),
                null);
    }

    /** Its disk is made and nobody has it open. */
    private static VmSpec stopped() {
        DiskSpec disk = new DiskSpec(DiskId.random(), null, new Mebibytes(64));
        VmSpec spec = TestingHost.stopped(
                host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(disk), null)));
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.STOPPED);
        return spec;
    }

    /** The file of a disk that is restored whole. */
    private static Path restored(TestingBackup backup) {
        VmSpec spec = TestingHost.stopped(backup.restored(host, Mode.FULL));
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.STOPPED);
        return disk(spec);
    }

    private static Path disk(VmSpec spec) {
        return host.vmDirectory(spec.id())
                .resolve("disks/" + spec.shape().disks().getFirst().id() + ".qcow2");
    }

    private static Path copy(VmSpec spec) throws IOException {
        return Files.copy(disk(spec), machine.resolve(spec.id() + ".qcow2"));
    }

    private static void write(VmSpec spec, String... commands) throws Exception {
        for (String command : commands) {
            run("qemu-io", "-f", "qcow2", "-c", command, disk(spec).toString());
        }
    }

    private static void assertSame(Path one, Path other) throws Exception {
        run("qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", one.toString(), other.toString());
    }

    private static void assertRefused(HttpResponse<byte[]> answer, ErrorCode code) {
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains(code.name());
        assertThat(answer.statusCode()).isEqualTo(code.httpStatus());
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }
}
