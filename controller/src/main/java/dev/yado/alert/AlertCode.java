package dev.yado.alert;

/** Every alert that there can be: a stable name, how urgent it is and what to do. */
public enum AlertCode {
    OPERATION_PAST_DEADLINE(
            Severity.CRITICAL,
            "Look whether a controller runs and reaches PostgreSQL: one that does ends the operation by itself."),
    OPERATION_UNCLAIMED(
            Severity.CRITICAL,
            "Look whether a controller runs and whether its in-flight limit is reached: the operation is due and nobody takes it."),
    OPERATION_WAITS_LONG(
            Severity.WARNING,
            "Read what the operation waits for; mend that, or cancel the operation: yado op cancel ID."),
    OPERATION_VERSION_UNKNOWN(
            Severity.WARNING,
            "End the upgrade so that all controllers are of one version; else the operation fails and can be repeated."),
    HOST_CERTIFICATE_EXPIRES(
            Severity.WARNING,
            "Look in the daemon's log why it does not renew its certificate; yado host join-token --renew HOST gives it another one."),
    HOST_CERTIFICATE_EXPIRED(
            Severity.CRITICAL,
            "Its guests run on, its reports are refused: yado host join-token --renew HOST, then vmmd join --renew on the host. Where"
                    + " the host is gone for good: yado host revoke HOST."),
    HOST_SILENT(
            Severity.WARNING,
            "Look whether the host's daemon runs and reaches the controller. Its VMs are UNKNOWN; nothing of them is freed."),
    HOST_LOST(
            Severity.CRITICAL,
            "Bring the host back: its VMs go on where they are. Make sure that it is off before you give their names away."),
    DRIFT(
            Severity.WARNING,
            "Read the entry: yado drift show ID says what is wanted, reported and real, and which rule deals with it."),
    DRIFT_CRITICAL(
            Severity.CRITICAL,
            "Read the entry now: yado drift show ID. A guest's data or its only run is at stake; nothing touches it unasked."),
    HOST_REFUSES_VM(
            Severity.WARNING,
            "Read why the host refuses what is wanted of the VM; change the VM, or stop or delete it."),
    MIGRATION_UNDECIDED(
            Severity.CRITICAL,
            "Bring the host that the VM moved to, or its network, back: only that one knows whether the VM has arrived. Until it says so"
                    + " nothing is done with the VM, which runs on one of the two hosts at most."),
    BACKUP_OVERDUE(
            Severity.WARNING,
            "Read what became of the VM's last backups: yado backup list --vm VM, and the operations of those that failed. When that is"
                    + " mended: yado backup create VM."),
    CONTROLLER_BACKUP_OVERDUE(
            Severity.CRITICAL,
            "Read what became of the last ones: yado controller backups. When that is mended: yado controller backup. Without a backup"
                    + " a lost controller cannot be brought back.");

    private final Severity severity;
    private final String whatToDo;

    AlertCode(Severity severity, String whatToDo) {
        this.severity = severity;
        this.whatToDo = whatToDo;
    }

    public Severity severity() {
        return severity;
    }

    public String whatToDo() {
        return whatToDo;
    }
}
