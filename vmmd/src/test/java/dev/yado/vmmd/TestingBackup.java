package dev.yado.vmmd;

import static org.awaitility.Awaitility.await;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a controller says to a host of one backup. */
final class TestingBackup {
    static final String REPOSITORY = "backups";
    private static final Duration STEP = Duration.ofMillis(10);

    final TestingHost host;
    final VmSpec spec;
    final BackupJob job;
    private final CallFence fence = new CallFence(OperationId.random(), "backup", 1);

    TestingBackup(TestingHost host, VmSpec spec, @Nullable TestingBackup previous) {
        this(host, spec, previous, null);
    }

    TestingBackup(TestingHost host, VmSpec spec, @Nullable TestingBackup previous, @Nullable Integer bandwidthMiBs) {
        this(host, spec, previous, bandwidthMiBs, BackupJob.DEFAULT_FREEZE_MILLIS);
    }

    /** One that waits so long for the guest's file systems. */
    static TestingBackup freezing(TestingHost host, VmSpec spec, int millis) {
        return new TestingBackup(host, spec, null, null, millis);
    }

    private TestingBackup(
            TestingHost host,
            VmSpec spec,
            @Nullable TestingBackup previous,
            @Nullable Integer bandwidthMiBs,
            int freezeMillis) {
        this.host = host;
        this.spec = spec;
        List<DiskId> disks = spec.shape().disks().stream().map(DiskSpec::id).toList();
        this.job = new BackupJob(
                BackupId.random(),
                REPOSITORY,
                disks,
                previous == null ? null : previous.job.id(),
                freezeMillis,
                bandwidthMiBs);
    }

    HttpResponse<byte[]> tryPut() {
        return host.send("PUT", path(), ProtocolJson.mapper().writeValueAsBytes(job), fence);
    }

    TestingBackup put() {
        TestingMove.answer(tryPut(), BackupAnswer.class);
        return this;
    }

    BackupAnswer get() {
        return TestingMove.answer(host.send("GET", path() + "?backup=" + job.id(), new byte[0]), BackupAnswer.class);
    }

    BackupAnswer cancel() {
        return TestingMove.answer(
                host.send("DELETE", path() + "?backup=" + job.id(), new byte[0], fence), BackupAnswer.class);
    }

    /** Some of it has been read. */
    void awaitCopying() {
        await("something of it is copied")
                .atMost(TestingHost.PATIENCE)
                .pollInterval(STEP)
                .until(() -> {
                    BackupAnswer now = get();
                    if (now.phase().over()) {
                        throw new IllegalStateException("it has ended before: " + now);
                    }
                    BackupAnswer.Progress progress = now.progress();
                    return progress != null && progress.doneBytes() > 0;
                });
    }

    BackupAnswer awaitPhase(BackupAnswer.Phase phase) {
        return await("the backup is " + phase)
                .atMost(TestingHost.PATIENCE)
                .pollInterval(STEP)
                .until(this::get, now -> {
                    if (now.phase().over() && now.phase() != phase) {
                        throw new IllegalStateException("it has ended otherwise: " + now);
                    }
                    return now.phase() == phase;
                });
    }

    /** From the first word to the last. */
    BackupAnswer take() {
        put();
        return awaitPhase(BackupAnswer.Phase.DONE);
    }

    /** A VM as it was, under another id. */
    VmSpec restored(TestingHost where, DiskOrigin.Mode mode) {
        List<DiskSpec> disks = Stream.of(spec.shape().disks())
                .flatMap(List::stream)
                .map(disk -> new DiskSpec(
                        DiskId.random(),
                        null,
                        disk.size(),
                        disk.pool(),
                        new DiskOrigin(REPOSITORY, job.id(), disk.id(), mode)))
                .toList();
        VmShape was = spec.shape();
        return where.spec(new VmShape(was.vcpus(), was.memory(), was.accelerator(), disks, was.boot()));
    }

    private String path() {
        return "/v1/vms/" + spec.id() + "/backup";
    }
}
