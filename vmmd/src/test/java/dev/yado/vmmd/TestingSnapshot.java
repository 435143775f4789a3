package dev.yado.vmmd;

import static org.awaitility.Awaitility.await;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotAnswer.Phase;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.protocol.snapshot.SnapshotJob.Verb;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** What a controller says to a host of one snapshot. */
final class TestingSnapshot {
    private static final Duration STEP = Duration.ofMillis(10);

    final SnapshotId id;
    private final TestingHost host;
    private final VmSpec spec;
    private final CallFence fence = new CallFence(OperationId.random(), "snapshot", 1);

    TestingSnapshot(TestingHost host, VmSpec spec) {
        this(host, spec, SnapshotId.random());
    }

    private TestingSnapshot(TestingHost host, VmSpec spec, SnapshotId id) {
        this.id = id;
        this.host = host;
        this.spec = spec;
    }

    /** The same one, where the VM has moved to. */
    TestingSnapshot at(TestingHost other) {
        return new TestingSnapshot(other, spec, id);
    }

    SnapshotJob job(Verb verb) {
        List<DiskId> disks = spec.shape().disks().stream().map(DiskSpec::id).toList();
        return new SnapshotJob(UUID.randomUUID(), verb, id, disks);
    }

    HttpResponse<byte[]> tryPut(SnapshotJob job) {
        return host.send(
                "PUT",
                "/v1/vms/" + spec.id() + "/snapshot",
                ProtocolJson.mapper().writeValueAsBytes(job),
                fence);
    }

    SnapshotAnswer put(SnapshotJob job) {
        return TestingMove.answer(tryPut(job), SnapshotAnswer.class);
    }

    SnapshotAnswer awaitEnd(SnapshotJob job) {
        return await(job.verb() + " is over")
                .atMost(TestingHost.PATIENCE)
                .pollInterval(STEP)
                .until(() -> put(job), answer -> answer.phase().over());
    }

    /** Gives the disks what a backup of the VM has. */
    void restore(BackupJob backup) {
        List<SnapshotJob.Source> sources = backup.disks().stream()
                .map(disk -> new SnapshotJob.Source(
                        disk, new DiskOrigin(backup.repository(), backup.id(), disk, DiskOrigin.Mode.FULL)))
                .toList();
        SnapshotJob job = new SnapshotJob(UUID.randomUUID(), Verb.RESTORE, id, backup.disks(), sources);
        SnapshotAnswer end = awaitEnd(job);
        if (end.phase() != Phase.DONE) {
            throw new IllegalStateException("it has ended otherwise: " + end);
        }
    }

    /** A VM like the snapshot's, whose disks are copied from it. */
    VmSpec copied() {
        VmShape was = spec.shape();
        List<DiskSpec> disks = was.disks().stream()
                .map(disk -> new DiskSpec(
                        DiskId.random(),
                        disk.image(),
                        disk.size(),
                        disk.pool(),
                        null,
                        new DiskCopy(spec.id(), id, disk.id())))
                .toList();
        return host.spec(new VmShape(was.vcpus(), was.memory(), was.accelerator(), disks, was.boot()));
    }

    /** From the first word to the last. */
    SnapshotAnswer done(Verb verb) {
        SnapshotAnswer end = awaitEnd(job(verb));
        if (end.phase() != Phase.DONE) {
            throw new IllegalStateException(verb + " has ended otherwise: " + end);
        }
        return end;
    }
}
