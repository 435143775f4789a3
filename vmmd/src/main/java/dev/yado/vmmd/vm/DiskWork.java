package dev.yado.vmmd.vm;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is done with a VM's disks besides running it: backups, restores that stream, snapshots. One at a time has them, and makes way for
 * whoever needs them to run the VM. Only the loop's thread touches it.
 */
final class DiskWork {
    private final BackedUpVm backup;
    private final RestoringVm restoring;
    private final SnapshottedVm snapshots;

    /** What the VM is at the moment. @param rests nothing else is under way and it is as it is wanted */
    record Standing(@Nullable LiveGuest guest, boolean rests) {}

    DiskWork(VmId id, HostParts host, VmRecords records, Consumer<VmEvent> loop) {
        this.backup = new BackedUpVm(id, host, records, loop);
        this.restoring = new RestoringVm(id, host, records, loop);
        this.snapshots = new SnapshottedVm(id, host, records, loop);
    }

    /** @return true when what QEMU says may be old news: the guest is to be looked at */
    boolean handle(VmEvent.OfBackup event, Standing now) throws IOException {
        if (event instanceof VmEvent.PutBackup put && snapshots.isActive()) {
            refuse(
                    put.reply(),
                    ErrorCode.CONFLICT,
                    "A snapshot of the VM is being taken or deleted, or it goes back to one.");
            return false;
        }
        boolean streams = stillComes(now.guest());
        return backup.handle(event, new BackedUpVm.Standing(now.guest(), now.rests(), streams));
    }

    void handle(VmEvent.OfSnapshot event, Standing now) throws IOException {
        switch (event) {
            case VmEvent.PutSnapshot put -> snapshots.put(put, forSnapshots(now));
            case VmEvent.AskLayers ask -> snapshots.offer(ask);
            case VmEvent.SnapshotOver over -> snapshots.over(over);
        }
    }

    void handle(VmEvent.RestoreOver event) {
        restoring.over(event);
    }

    private SnapshottedVm.Standing forSnapshots(Standing now) {
        String otherwise = null;
        if (backup.isActive()) {
            otherwise = "The VM is being backed up.";
        } else if (stillComes(now.guest())) {
            otherwise = "The VM's disks still come from a backup.";
        }
        return new SnapshottedVm.Standing(now.guest(), now.rests(), otherwise);
    }

    private boolean stillComes(@Nullable LiveGuest guest) {
        return restoring.isActive() || (guest == null && restoring.look());
    }

    /** Goes on with what was begun, when the VM has nothing else to do. */
    void goOn(Standing now) throws IOException {
        if (snapshots.isActive()) {
            snapshots.goOn(forSnapshots(now));
        }
    }

    /** Whether the VM may leave this host now; else the departure has been refused, or comes again. */
    boolean letsGo(VmEvent.PutDeparture departure) throws IOException {
        if (snapshots.isActive()) {
            refuse(departure.reply(), ErrorCode.CONFLICT, "A job on a snapshot of this VM is under way.");
            return false;
        }
        if (!snapshots.goesWhole(departure.departure().id())) {
            refuse(
                    departure.reply(),
                    ErrorCode.MIGRATION_BLOCKED,
                    "What the VM's snapshots have has not been offered to the destination.");
            return false;
        }
        return backup.makeWay("The VM is moved to another host.", departure);
    }

    private static void refuse(CompletableFuture<?> reply, ErrorCode code, String why) {
        reply.completeExceptionally(new HostRefusal(code, why));
    }

    /** Somebody else is to open the disks. @return true when they can be had; else the loop hears when to ask again */
    boolean makeWay() throws IOException {
        return backup.makeWay("The VM's disks are needed: it is started, changed or deleted.") && snapshots.makeWay();
    }

    boolean isActive() throws IOException {
        return backup.isActive() || restoring.isActive() || snapshots.isActive();
    }

    /** The guest is held for a moment by what is done here: that it is, is nobody else's concern. */
    boolean holdsGuest() {
        return backup.holds();
    }

    /** Blocks of its disks are fetched from a backup at the moment. */
    boolean streams() {
        return restoring.isActive();
    }

    /** Its disks lack something of a backup, whether it is fetched at the moment or not. */
    boolean lacksBlocks() {
        return restoring.isUnderWay();
    }

    /** How often a disk's file was changed for another one. */
    long changesOfFiles() throws IOException {
        return snapshots.changes();
    }

    long nextTick() {
        return snapshots.nextTick();
    }

    /** An earlier daemon may have ended in the middle. @param process whether there is one: {@link #attached} follows */
    void recover(boolean process) throws IOException {
        if (process) {
            restoring.recover();
        } else {
            restoring.look();
        }
        backup.recover(process);
    }

    void launching() throws IOException {
        snapshots.launching();
    }

    /** A process that this daemon has started answers: of a backup it knows nothing. */
    void started(@Nullable QmpSession session) {
        restoring.attached(session);
    }

    /** A process that was there before answers again. */
    void attached(@Nullable QmpSession session) throws IOException {
        restoring.attached(session);
        backup.attached(session);
    }

    void attemptEnded() {
        restoring.processGone();
        restoring.look();
    }

    void processGone() throws IOException {
        restoring.processGone();
        backup.attached(null);
    }
}
