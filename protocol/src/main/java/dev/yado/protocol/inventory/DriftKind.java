package dev.yado.protocol.inventory;

import static dev.yado.protocol.inventory.DriftKind.Severity.CRITICAL;
import static dev.yado.protocol.inventory.DriftKind.Severity.INFO;
import static dev.yado.protocol.inventory.DriftKind.Severity.WARNING;

/** Every way in which what is wanted, what is reported and what is real can part, with the rule that deals with it. */
public enum DriftKind {
    // Seen by the host's daemon.
    GUEST_HALTED(
            WARNING,
            DriftRule.CONTINUE_PROCESS,
            "Somebody has halted the guest's process: find out who sent the signal."),
    GUEST_UNRESPONSIVE(
            CRITICAL,
            DriftRule.KEEP_RUNNING,
            "QEMU does not answer: look at the host's disks and memory; a hard stop and a start end it."),
    GUEST_PAUSED_UNASKED(
            INFO, DriftRule.RESUME_GUEST, "Somebody else spoke to QEMU: find out who has access to its socket."),
    SECOND_PROCESS(
            CRITICAL,
            DriftRule.LEAVE_ALONE,
            "A second QEMU of this VM runs on the host: two runs destroy its disks. Find out who began it and end it by its pid."),
    FOREIGN_PROCESS(
            WARNING,
            DriftRule.LEAVE_ALONE,
            "A QEMU runs here that no VM accounts for: it takes room that placement counts as free."),
    PROCESS_WITHOUT_RECORD(
            CRITICAL,
            DriftRule.LEAVE_ALONE,
            "A guest of this host runs and the daemon has no record of it: put the record back or end it by its pid."),
    DISK_MISSING(
            CRITICAL,
            DriftRule.REFUSE_START,
            "A disk that was made here is gone: put the file back, or restore a backup, or delete the VM."),
    DISK_DELETED_IN_USE(
            CRITICAL,
            DriftRule.KEEP_RUNNING,
            "The file of an open disk was removed: copy it out of /proc/PID/fd before the guest stops, it ends with the process."),
    DISK_REPLACED_IN_USE(
            CRITICAL,
            DriftRule.KEEP_RUNNING,
            "Another file lies in the place of an open disk: what the guest writes is lost with its process. Copy it out of /proc/PID/fd."),
    DISK_REPLACED(
            WARNING, DriftRule.LEAVE_ALONE, "Another file lies in the place of a disk: was it restored on purpose?"),
    DISK_DAMAGED(
            CRITICAL,
            DriftRule.REFUSE_START,
            "A disk is cut short or no longer a disk: restore it from a backup, or delete the VM."),
    STRAY_FILE(
            WARNING,
            DriftRule.LEAVE_ALONE,
            "A file that is nobody's takes room in the pool: remove it by hand if you know it."),
    IMAGE_CHANGED(
            CRITICAL,
            DriftRule.FETCH_IMAGE_AGAIN,
            "The host's copy of an image was changed: guests that ran on it meanwhile have read what is not theirs; check the disk under it."),
    SPEC_EDITED(
            WARNING, DriftRule.REWRITE_RECORD, "Somebody has edited a spec on the host: changes go through the API."),
    SPEC_MISSING(WARNING, DriftRule.REWRITE_RECORD, "Somebody has removed a spec on the host: find out who."),
    SPEC_DAMAGED(WARNING, DriftRule.REWRITE_RECORD, "A spec on the host could not be read: check the disk under it."),
    SPEC_OF_ANOTHER_VM(
            WARNING,
            DriftRule.REWRITE_RECORD,
            "The spec of another VM lay in this one's place: find out who copied it."),
    JOURNAL_CHANGED(
            WARNING,
            DriftRule.REWRITE_RECORD,
            "The daemon's journal of a VM was not what it had written: check the disk under it."),
    TOMBSTONE_MISSING(
            WARNING,
            DriftRule.REWRITE_RECORD,
            "The record of a deletion was gone: without it a late call could bring the VM back."),
    RECORD_UNUSABLE(
            CRITICAL,
            DriftRule.LEAVE_ALONE,
            "The daemon came up and cannot use its record of a VM: its log names the file. Put it back and restart the daemon."),
    SOCKET_MISSING(
            WARNING,
            DriftRule.KEEP_RUNNING,
            "QEMU's socket was removed: the open conversation lasts as long as this daemon. Stop and start the VM in time."),
    CGROUP_LEFT(
            INFO,
            DriftRule.ENCLOSE_AGAIN,
            "The guest's process was outside of its control group: find out who moved it."),
    NETWORK_PART_MISSING(
            WARNING,
            DriftRule.REBUILD_NETWORK,
            "A link, an address, a forwarding entry, a rule or a service of a network or router was gone: find out who took it away."),
    NETWORK_PART_CHANGED(
            WARNING,
            DriftRule.REBUILD_NETWORK,
            "A link, a rule or a service of a network or router was not as the daemon had made it: find out who changed it."),
    NETWORK_PART_FOREIGN(
            WARNING,
            DriftRule.REBUILD_NETWORK,
            "Something was in a network or router that nobody wants there: find out who put it in."),
    NETWORK_NOT_ENFORCED(
            CRITICAL,
            DriftRule.REBUILD_NETWORK,
            "The host cannot carry a network as it was told: what it says of it names the reason; it tries again with every look."),
    FOREIGN_NETWORK(
            WARNING,
            DriftRule.LEAVE_ALONE,
            "A network or router is on the host that no record of its daemon accounts for: was its record removed?"),
    CARD_UNPLUGGED(
            CRITICAL,
            DriftRule.KEEP_RUNNING,
            "A card of a running guest has lost its place in the network: stop and start the VM to plug it in again."),
    // Seen by the controller, which compares.
    GUEST_ENDED_UNASKED(
            WARNING, DriftRule.KEEP_ENDED, "The guest ended although it is wanted: the cause says how. Start it."),
    GUEST_WITHOUT_ROW(
            CRITICAL,
            DriftRule.LEAVE_ALONE,
            "A host holds a VM that the controller does not know: adopt it or remove it, here."),
    GUEST_ON_TWO_HOSTS(
            CRITICAL,
            DriftRule.LEAVE_ALONE,
            "Two hosts hold one VM: the one with the lower run epoch is the wrong one. Nothing is sent before one is gone."),
    ALLOCATION_MISSING(
            WARNING, DriftRule.RESTORE_ALLOCATION, "The allocation of a VM was removed by hand: find out by whom."),
    ALLOCATION_MOVED(
            WARNING, DriftRule.RESTORE_ALLOCATION, "The allocation of a VM was moved by hand: find out by whom."),
    WORD_OF_STRANGER(
            WARNING,
            DriftRule.IGNORE_WORD,
            "A host reports a VM that it does not have: is its daemon's state a copy of another host's?"),
    GENERATION_LOWERED(
            WARNING,
            DriftRule.RAISE_GENERATION,
            "The host has accepted more than the rows say: was a backup of the database restored?"),
    EPOCH_LOWERED(
            WARNING,
            DriftRule.RAISE_GENERATION,
            "The host runs under a later permission than the rows say: was a backup of the database restored?"),
    SPEC_DIFFERS(
            WARNING,
            DriftRule.RAISE_GENERATION,
            "The host holds another spec of the same generation: somebody changed rows or files."),
    HOST_NOT_TOLD(INFO, DriftRule.SEND_AGAIN, "The rows wanted something that no operation had told the host."),
    NETWORK_NOT_CARRIED(
            WARNING,
            DriftRule.SEND_AGAIN,
            "A host has not acknowledged the newest of a network, or says that it cannot carry it: until then an older one is in force there."),
    OBSERVED_EDITED(WARNING, DriftRule.ASK_FOR_EVERYTHING, "The rows said something else than the host does."),
    VM_LOST(
            CRITICAL,
            DriftRule.RELEASE_NOTHING,
            "The host holds nothing of a VM that it had: was its state directory lost?"),
    HOST_SILENT(WARNING, DriftRule.RELEASE_NOTHING, "A host does not report: look at its daemon and at the network."),
    HOST_LOST(
            CRITICAL,
            DriftRule.RELEASE_NOTHING,
            "A host has not reported for long: bring it back, or fence it before its VMs go elsewhere."),
    HOST_CLOCK_OFF(
            WARNING,
            DriftRule.DATABASE_CLOCK,
            "A host's clock is off: repair its time service; times in its reports are wrong."),
    REPORT_REPLAYED(
            INFO,
            DriftRule.DROP_REPORT,
            "A report came that was not new: a retry that lost its way, or somebody plays back."),
    INVARIANT_BROKEN(
            CRITICAL, DriftRule.LEAVE_ALONE, "The rows contradict each other: report it with the entry's text.");

    public enum Severity {
        INFO,
        WARNING,
        CRITICAL
    }

    private final Severity severity;
    private final DriftRule rule;
    private final String advice;

    DriftKind(Severity severity, DriftRule rule, String advice) {
        this.severity = severity;
        this.rule = rule;
        this.advice = advice;
    }

    public Severity severity() {
        return severity;
    }

    public DriftRule rule() {
        return rule;
    }

    /** For the operator at 3 a.m. */
    public String advice() {
        return advice;
    }
}
