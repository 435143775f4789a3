package dev.yado.vmmd.store;

import dev.yado.protocol.VmId;

/**
 * What a move has shown of how fast this host moves guests.
 *
 * @param fullPages that were sent, as often as they were
 * @param zeroPages that were sent as a mark
 * @param beforeMs from the begin of the departure to the first byte of memory, without its disks
 * @param copyMs from then to the last byte of memory
 * @param afterMs from then until the destination had said that the guest runs
 * @param blackoutMs that the guest was held for; 0 for one that was held before
 * @param heldBytes that were sent meanwhile
 * @param diskBytes that were copied
 * @param capped something but the way between the hosts made it slow: what it was allowed, or waiting for asked pages
 */
public record Lesson(
        VmId vm,
        long fullPages,
        long zeroPages,
        double beforeMs,
        double copyMs,
        double afterMs,
        double blackoutMs,
        long heldBytes,
        long diskBytes,
        double disksMs,
        boolean capped) {}
