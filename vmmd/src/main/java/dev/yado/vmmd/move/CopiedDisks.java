package dev.yado.vmmd.move;

import dev.yado.protocol.DiskId;
import java.io.IOException;
import java.util.List;

/** The source's side of disks that lie in no pool that both hosts share. */
final class CopiedDisks {
    private final List<DiskId> disks;

    CopiedDisks(List<DiskId> disks) {
        this.disks = disks;
    }

    boolean none() {
        return disks.isEmpty();
    }

    /** Before memory goes. Returns when what the guest writes is on both sides, and goes on being. */
    void follow() throws IOException, InterruptedException {
        if (!none()) {
            throw new IOException("Disks cannot be copied to another host by this daemon.");
        }
    }

    /** The guest is held and writes no more: returns when the destination has everything and is let alone with it. */
    void complete() throws IOException, InterruptedException {}

    /** The guest stays: whatever still copies is ended. */
    void abandon() {}
}
