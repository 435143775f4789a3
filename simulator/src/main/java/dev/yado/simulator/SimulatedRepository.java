package dev.yado.simulator;

import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.FileListing;
import dev.yado.protocol.backup.FileListing.Entry;
import dev.yado.protocol.backup.FileListing.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
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

    /**
     * A simulated disk is a file system with one file in its root, {@code id}, which has the disk's id.
     *
     * @throws HostRefusal {@link ErrorCode#NOT_FOUND}
     */
    FileListing files(BackupId backup, @Nullable String path) {
        List<DiskId> disks = disks(backup);
        List<Entry> entries = new ArrayList<>();
        for (int disk = 0; disk < disks.size(); disk++) {
            if (path == null) {
                entries.add(new Entry(Integer.toString(disk), Kind.VOLUME, null, "", "", null));
            } else if (path.equals(Integer.toString(disk)) || path.equals(disk + "/id")) {
                long bytes = disks.get(disk).toString().length();
                entries.add(new Entry(disk + "/id", Kind.FILE, bytes, "-rw-r--r--", "", null));
            }
        }
        if (entries.isEmpty()) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "Backup " + backup + " has no " + path + ".");
        }
        return new FileListing(entries, false);
    }

    byte[] content(BackupId backup, String path) {
        List<DiskId> disks = disks(backup);
        for (int disk = 0; disk < disks.size(); disk++) {
            if (path.equals(disk + "/id")) {
                return disks.get(disk).toString().getBytes(StandardCharsets.US_ASCII);
            }
        }
        throw new HostRefusal(ErrorCode.NOT_FOUND, "Backup " + backup + " has no " + path + ".");
    }

    private List<DiskId> disks(BackupId backup) {
        return find(backup)
                .map(content -> content.disks().keySet().stream()
                        .sorted(Comparator.comparing(DiskId::toString))
                        .toList())
                .orElseThrow(() -> new HostRefusal(ErrorCode.NOT_FOUND, "There is no backup " + backup + "."));
    }

    /** What is in it. */
    public synchronized Set<BackupId> backups() {
        return Set.copyOf(backups.keySet());
    }
}
