package dev.yado.vm;

import dev.yado.protocol.DesiredState;

/** What can be done to a VM; each is a flow. */
public enum VmVerb {
    CREATE("CreateVm", DesiredState.DELETED),
    START("StartVm", DesiredState.STOPPED),
    STOP("StopVm", DesiredState.RUNNING),
    REBOOT("RebootVm", DesiredState.RUNNING),
    PAUSE("PauseVm", DesiredState.RUNNING),
    RESUME("ResumeVm", DesiredState.PAUSED),
    RESIZE("ResizeDisk", DesiredState.STOPPED),
    MIGRATE("MigrateVm", DesiredState.RUNNING),
    DELETE("DeleteVm", DesiredState.STOPPED);

    private final String kind;
    private final DesiredState back;

    VmVerb(String kind, DesiredState back) {
        this.kind = kind;
        this.back = back;
    }

    /** The kind of the operation, as in the API. */
    public String kind() {
        return kind;
    }

    /** What is wanted again when it is cancelled, unless the operation knows better. */
    DesiredState back() {
        return back;
    }
}
