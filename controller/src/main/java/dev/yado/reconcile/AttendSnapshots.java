package dev.yado.reconcile;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.snapshot.Snapshot;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.snapshot.Snapshots;
import java.time.Duration;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Snapshots whose operation was lost: what was to be taken or to go is removed, and what was to be gone back to stays. */
@Component
class AttendSnapshots implements Reconciler {
    private final SnapshotRecords records;
    private final Snapshots snapshots;
    private final TransactionTemplate transactions;

    AttendSnapshots(SnapshotRecords records, Snapshots snapshots, TransactionTemplate transactions) {
        this.records = records;
        this.snapshots = snapshots;
        this.transactions = transactions;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void scan() {
        records.unattended().forEach(this::attend);
    }

    private void attend(Snapshot snapshot) {
        if (snapshot.state() == Snapshot.State.TAKING && snapshot.restored() != null) {
            // Perhaps the disks have it already: then it is all that is left of what they had.
            leave(snapshot);
            return;
        }
        switch (snapshot.state()) {
            case TAKING, DELETING -> snapshots.delete(new Caller.Administrator(null), snapshot.id(), IfMatch.ANY);
            case REVERTING -> leave(snapshot);
            case AVAILABLE, FAILED -> {}
        }
    }

    private void leave(Snapshot snapshot) {
        transactions.executeWithoutResult(_ -> records.lock(snapshot.id())
                .filter(now -> now.operation().equals(snapshot.operation()))
                .ifPresent(now ->
                        records.cameToNothing(now.id(), "its operation " + now.operation() + " has ended without it")));
    }
}
