package dev.yado.snapshot;

import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** What flows and reconcilers read and write of snapshots, each in the transaction of its step. */
@Service
public class SnapshotRecords {
    private final SnapshotRows rows;

    SnapshotRecords(SnapshotRows rows) {
        this.rows = rows;
    }

    public Optional<Snapshot> of(SnapshotId id) {
        return rows.get(id);
    }

    /** Until the end of the transaction nobody else changes it. */
    public Optional<Snapshot> lock(SnapshotId id) {
        return rows.lock(id);
    }

    /** Those of a VM that are there or may be. */
    public int count(VmId vm) {
        return rows.count(vm);
    }

    /** One that is being taken, gone back to or deleted. */
    public Optional<Snapshot> open(VmId vm) {
        return rows.open(vm);
    }

    public void said(SnapshotId id, SnapshotAnswer answer) {
        rows.said(id, answer);
    }

    /** The host is asked anew. */
    public void again(SnapshotId id) {
        rows.again(id);
    }

    public void taken(SnapshotId id, SnapshotAnswer answer) {
        if (answer.takenAt() == null) {
            throw new IllegalStateException("the host says that it is done, and not when it was taken: " + answer);
        }
        rows.taken(id, answer);
    }

    /** The VM has again what the snapshot has. */
    public void reverted(SnapshotId id) {
        rows.state(id, Snapshot.State.AVAILABLE, null);
    }

    /** What was done about it came to nothing: it is what it was before. */
    public void cameToNothing(SnapshotId id, String reason) {
        rows.lock(id).filter(snapshot -> snapshot.state().open()).ifPresent(snapshot -> {
            boolean there = snapshot.takenAt() != null;
            rows.state(id, there ? Snapshot.State.AVAILABLE : Snapshot.State.FAILED, reason);
        });
    }

    /** Nothing of it is on its host any more. */
    public void remove(SnapshotId id) {
        rows.delete(id);
    }

    /** Those that something is to be done about, and for which no operation is open. */
    public List<Snapshot> unattended() {
        return rows.find("""
                state IN ('TAKING', 'REVERTING', 'DELETING')
                    AND NOT EXISTS (SELECT FROM operation o WHERE o.target_id = snapshot.id AND o.ended_at IS NULL)
                """);
    }
}
