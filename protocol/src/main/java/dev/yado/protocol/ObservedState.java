package dev.yado.protocol;

/**
 * What a host sees of a VM. None of these is a lock: every one can be left by a newer spec or by DELETE.
 *
 * <pre>
 * ABSENT -> PREPARING -> STARTING -> RUNNING <-> PAUSED
 *              |            |           |
 *              v            v           v
 *            FAILED       FAILED    STOPPING -> STOPPED
 *                                       \-----> CRASHED
 * ABSENT -> ARRIVING -> RUNNING         (comes from another host)
 * RUNNING -> DEPARTED -> ABSENT         (has gone to another host)
 * </pre>
 */
public enum ObservedState {
    /** The host holds nothing of it: no process, no disk, no spec. */
    ABSENT,
    /** Images are fetched, disks are made. */
    PREPARING,
    STARTING,
    RUNNING,
    PAUSED,
    STOPPING,
    STOPPED,
    /** The guest ended without being asked to: the cause says how. */
    CRASHED,
    /** The host could not bring it to the desired state: the cause says why. A new generation tries again. */
    FAILED,
    /** It comes from another host and has not been let run here. */
    ARRIVING,
    /** It has gone to another host, or may have: it is not let run here any more. */
    DEPARTED
}
