package dev.yado.simulator;

import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.VmId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A repository of backups that simulated hosts share: it outlives all of them. */
public final class SimulatedRepository {
    private final String name;
    private final UUID marker = UUID.randomUUID();
    private final Map<BackupId, Content> backups = new HashMap<>();
    private @Nullable String problem;

    /** @param disks sizes in MiB */
    record Content(VmId vm, Map<DiskId, Long> disks) {
        Content {
            disks = Map.copyOf(disks);
        }
    }

    public SimulatedRepository(String name) {
        this.name = name;
    }

    synchronized BackupFacts.Repository facts() {
        return new BackupFacts.Repository(name, marker, problem);
    }

    String name() {
        return name;
    }

    /** @param why nothing can be read or written from now on; null: it can again */
    public synchronized void fail(@Nullable String why) {
        problem = why;
    }

    synchronized @Nullable String problem() {
        return problem;
    }

    synchronized void put(BackupId backup, Content content) {
        backups.put(backup, content);
    }

    synchronized void forget(BackupId backup) {
        backups.remove(backup);
    }

    synchronized Optional<Content> find(BackupId backup) {
        return problem == null ? Optional.ofNullable(backups.get(backup)) : Optional.empty();
    }

    /** What is in it. */
    public synchronized Set<BackupId> backups() {
        return Set.copyOf(backups.keySet());
    }
}
