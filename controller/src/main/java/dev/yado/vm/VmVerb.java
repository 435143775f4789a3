package dev.yado.vm;

/** What can be done to a VM; each is a flow. */
public enum VmVerb {
    CREATE("CreateVm"),
    START("StartVm"),
    STOP("StopVm"),
    REBOOT("RebootVm"),
    PAUSE("PauseVm"),
    RESUME("ResumeVm"),
    DELETE("DeleteVm");

    private final String kind;

    VmVerb(String kind) {
        this.kind = kind;
    }

    /** The kind of the operation, as in the API. */
    public String kind() {
        return kind;
    }
}
