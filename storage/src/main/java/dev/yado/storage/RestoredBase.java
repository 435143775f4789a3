package dev.yado.storage;

import dev.yado.protocol.DiskId;

/**
 * What a disk stands on while it still comes from a backup: an export that the daemon serves. The name in the disk's header says so
 * until QEMU has everything; then QEMU takes it out. Names are relative to the VM's directory, where QEMU runs.
 */
public final class RestoredBase {
    public static final String DIRECTORY = "restore";
    public static final String SOCKET = DIRECTORY + "/nbd";

    private RestoredBase() {}

    /** The name of the disk's export. */
    public static String export(DiskId disk) {
        return disk.toString();
    }

    static Backing backing(DiskId disk) {
        return new Backing("nbd:unix:" + SOCKET + ":exportname=" + export(disk), "raw");
    }
}
