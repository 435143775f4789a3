package dev.yado.protocol;

/** Why a VM is in its state: a stable word to branch on and a sentence for people. */
public record Cause(Code code, String detail) {
    public enum Code {
        /** The owner asked for it. */
        REQUESTED,
        /** Asked gracefully, the guest did not react before the deadline, so it was stopped hard. */
        GRACEFUL_TIMEOUT,
        /** The guest powered itself off. */
        GUEST_SHUTDOWN,
        /** The guest's kernel panicked. */
        GUEST_PANIC,
        /** The kernel of the host killed the guest's process for lack of memory. */
        OOM_KILLED,
        /** Somebody killed the guest's process: the detail names the signal. */
        PROCESS_KILLED,
        /** QEMU ended by itself with an error. */
        PROCESS_ERROR,
        /** The guest was gone when the daemon came back and nothing tells how it ended. */
        PROCESS_VANISHED,
        /** The host was restarted while the guest ran. */
        HOST_REBOOTED,
        /** The host was restarted and brought the guest back by itself, as its spec says. */
        AUTOSTARTED,
        /** A disk of the guest had an I/O error or no space was left. */
        DISK_ERROR,
        /** An image could not be fetched or is not what was promised. */
        IMAGE_UNAVAILABLE,
        /** The asked accelerator cannot run here. */
        ACCELERATOR_UNAVAILABLE,
        /** A card's network was not given to this host, or the host cannot carry it. */
        NETWORK_NOT_READY,
        /** QEMU did not start. */
        START_FAILED,
        /** The pool has no room. */
        POOL_FULL,
        /** A shared pool is not mounted here, or is another one than it was. */
        POOL_UNAVAILABLE,
        /** The backup that a disk is made from cannot be read: its repository cannot, or it is damaged. */
        BACKUP_UNAVAILABLE,
        /** A move was broken off because it could not be done as its goal says: the detail has the figures. */
        MIGRATION_GAVE_UP,
        /** A move was broken off because it was asked for, or because something newer was. */
        MIGRATION_CANCELLED,
        /** A move failed: the detail says where. */
        MIGRATION_FAILED
    }
}
