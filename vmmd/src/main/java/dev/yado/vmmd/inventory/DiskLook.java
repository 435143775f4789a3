package dev.yado.vmmd.inventory;

import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcFs.OpenFile;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.FileFound;
import dev.yado.storage.DiskSighting;
import dev.yado.storage.Pools;
import dev.yado.vmmd.inventory.Findings.Sight;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.vm.Inspection;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The disks of a VM: are those there that were made, and are they the same. */
final class DiskLook {
    private static final String DELETED = " (deleted)";

    private final Path root;
    private final Pools pools;
    /** As they were when all was well, by this daemon's own eyes. */
    private final Map<DiskId, Known> known = new HashMap<>();

    /** @param changes how often the file had been changed for another one, as snapshots do */
    private record Known(long inode, long bytes, long changes) {}

    private record Seen(VmId vm, DiskSpec disk, DiskSighting now, long changes) {
        DiskId id() {
            return disk.id();
        }

        Known known() {
            return new Known(now.inode(), now.bytes(), changes);
        }
    }

    DiskLook(Path root, Pools pools) {
        this.root = root;
        this.pools = pools;
    }

    void look(VmId id, Path directory, Inspection inspection, List<Sight> sights, List<FileFound> files) {
        VmSpec spec = inspection.memory().spec();
        if (spec == null || inspection.busy()) {
            return;
        }
        QemuProcess process = inspection.process();
        Map<Integer, OpenFile> open =
                process == null ? Map.of() : ProcFs.ofHost().openFiles(process.pid());
        for (DiskSpec disk : spec.shape().disks()) {
            if (inspection.journal().made().contains(disk.id())) {
                pools.look(new Pools.Home(id, directory), disk, process != null).ifPresent(sighting -> {
                    Seen seen = new Seen(id, disk, sighting, inspection.changedDisks());
                    files.add(new FileFound(name(seen), sighting.bytes(), true));
                    Optional<Sight> sight = process == null ? atRest(seen) : inUse(seen, process.pid(), open);
                    sight.ifPresent(sights::add);
                });
            }
        }
    }

    /** Forgets disks that no VM has any more. */
    void retain(Set<DiskId> all) {
        known.keySet().retainAll(all);
    }

    private Optional<Sight> atRest(Seen seen) {
        DiskSighting now = seen.now();
        if (now.missing()) {
            known.remove(seen.id());
            return sight(DriftKind.DISK_MISSING, seen, "it is gone");
        }
        String problem = now.problem();
        if (problem != null) {
            return sight(DriftKind.DISK_DAMAGED, seen, problem);
        }
        forgetChanged(seen);
        Known before = known.putIfAbsent(seen.id(), seen.known());
        if (before == null || before.inode() == now.inode()) {
            return shrunk(seen, before);
        }
        return sight(
                DriftKind.DISK_REPLACED, seen, "another file, inode " + now.inode() + " instead of " + before.inode());
    }

    private void forgetChanged(Seen seen) {
        Known before = known.get(seen.id());
        if (before != null && before.changes() != seen.changes()) {
            known.remove(seen.id());
        }
    }

    private Optional<Sight> inUse(Seen seen, long pid, Map<Integer, OpenFile> open) {
        DiskSighting now = seen.now();
        String path = now.file().toString();
        Optional<Map.Entry<Integer, OpenFile>> held = open.entrySet().stream()
                .filter(file -> file.getValue().target().equals(path)
                        || file.getValue().target().equals(path + DELETED))
                .findFirst();
        String holder = held.map(
                        file -> "process " + pid + " holds what was there as /proc/" + pid + "/fd/" + file.getKey())
                .orElse("process " + pid + " has it open under another name or not at all");
        if (now.missing()) {
            return sight(DriftKind.DISK_DELETED_IN_USE, seen, "removed; " + holder);
        }
        if (held.isPresent() && held.get().getValue().inode() != now.inode()) {
            return sight(DriftKind.DISK_REPLACED_IN_USE, seen, "another file lies there; " + holder);
        }
        Known before = known.get(seen.id());
        if (before == null || before.inode() != now.inode()) {
            known.put(seen.id(), seen.known());
            return Optional.empty();
        }
        return shrunk(seen, before);
    }

    /** A disk's file never gets shorter by itself. */
    private Optional<Sight> shrunk(Seen seen, @Nullable Known before) {
        DiskSighting now = seen.now();
        if (before != null && now.bytes() < before.bytes()) {
            return sight(DriftKind.DISK_DAMAGED, seen, "cut to " + now.bytes() + " bytes, it had " + before.bytes());
        }
        known.put(seen.id(), seen.known());
        return Optional.empty();
    }

    private Optional<Sight> sight(DriftKind kind, Seen seen, String real) {
        return Optional.of(new Sight(kind, seen.vm(), name(seen), "the disk as the guest left it", real));
    }

    private String name(Seen seen) {
        String pool = seen.disk().pool();
        Path file = seen.now().file();
        return pool == null
                ? root.relativize(file).toString()
                : pool + ":disks/" + seen.vm() + "/" + file.getFileName();
    }
}
