package dev.yado.vmmd.qmp;

/** What a machine does, in QEMU's own words. */
public enum RunStatus {
    RUNNING("running"),
    /** Held by a {@code stop}. */
    PAUSED("paused"),
    /** Made with {@code -S} and never let run. */
    PRELAUNCH("prelaunch"),
    /** The guest powered itself off; the process is kept so that this can be read. */
    SHUTDOWN("shutdown"),
    /** The guest's kernel panicked; the process is kept so that this can be read. */
    GUEST_PANICKED("guest-panicked"),
    /** Held because a disk has no space left or failed. */
    IO_ERROR("io-error"),
    /** QEMU or KVM met something that it cannot go on from. */
    INTERNAL_ERROR("internal-error"),
    /** Waits for a guest from elsewhere. */
    INMIGRATE("inmigrate"),
    /** Held for the last part of a migration. */
    FINISH_MIGRATE("finish-migrate"),
    /** All of it has been sent elsewhere. */
    POSTMIGRATE("postmigrate"),
    /** Any other: snapshot, suspend, watchdog. */
    OTHER("");

    private final String wire;

    RunStatus(String wire) {
        this.wire = wire;
    }

    static RunStatus of(String wire) {
        for (RunStatus status : values()) {
            if (status.wire.equals(wire)) {
                return status;
            }
        }
        return OTHER;
    }
}
