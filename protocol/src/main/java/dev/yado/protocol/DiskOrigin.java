package dev.yado.protocol;

/**
 * The backup that a disk is made from, once: a disk that exists keeps what it has. Such a disk stands on no image.
 *
 * @param repository as the host names it
 * @param disk in the backup: the disk that is made may have another id
 */
public record DiskOrigin(String repository, BackupId backup, DiskId disk, Mode mode) {
    public enum Mode {
        /** All of it is on the disk before the guest runs. */
        FULL,
        /** The guest runs at once; what it has not asked for yet follows. The host needs the repository until all has come. */
        INSTANT
    }
}
