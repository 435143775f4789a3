package dev.yado.vm;

/** The one word of the API for a VM. Derived whenever it is asked for, never stored and never a lock. */
public enum VmState {
    PENDING,
    PREPARING,
    STARTING,
    RUNNING,
    PAUSED,
    /** Between two hosts: its guest is handed over. */
    MIGRATING,
    STOPPING,
    STOPPED,
    CRASHED,
    FAILED,
    DELETING,
    UNKNOWN
}
