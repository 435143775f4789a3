package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import java.util.List;

/**
 * What was found.
 *
 * @param chunks that were read and are as they ought to be, each once, nodes of maps among them
 * @param bytes of data that they have
 * @param damages empty: all backups can be restored
 */
public record VerifyReport(int backups, long chunks, long bytes, List<Damage> damages) {
    public VerifyReport {
        damages = List.copyOf(damages);
    }

    /**
     * @param what a chunk and its pack, or a manifest, and why it cannot be used: a sentence
     * @param backups that cannot be restored whole because of it
     */
    public record Damage(String what, List<BackupId> backups) {
        public Damage {
            backups = List.copyOf(backups);
        }
    }

    public boolean sound() {
        return damages.isEmpty();
    }
}
