package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.store.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Deletes packs that no backup needs. Safe beside writers:
 *
 * <ol>
 *   <li>a pack that nobody needs is condemned; who begins to write after that does not count on it;
 *   <li>it is deleted when nobody holds a lease that began before it was condemned, and then still no backup needs it. Backups are
 *       looked at after leases: who has finished in between is seen;
 *   <li>one that is needed after all is pardoned;
 *   <li>of a pack that is mostly garbage the rest is copied into another, and it is condemned: what is in a condemned pack and elsewhere
 *       too is needed there only. Maps that name it still are no harm, since readers look elsewhere;
 *   <li>its mark goes after the index no longer has it.
 * </ol>
 */
final class Collector {
    /** A delete may be under way this long. */
    private static final Duration LAST_DELETE = Duration.ofMinutes(2);

    private final ObjectStore store;
    private final Repository repository;
    private final ChunkIndex index;
    private final Map<PackId, Long> present = new HashMap<>();
    private final Map<PackId, OffsetSet> needed = new HashMap<>();
    private Set<PackId> condemned = Set.of();
    private int condemnedNow;
    private int deleted;
    private long deletedBytes;
    private @Nullable String waitsFor;

    Collector(ObjectStore store, Repository repository, ChunkIndex index) {
        this.store = store;
        this.repository = repository;
        this.index = index;
    }

    CollectReport run() {
        try (Lease lease = new Lease(store, Lease.COLLECTORS, "collection")) {
            Instant now = StoreClock.now(store);
            if (anotherRuns(lease, now)) {
                return new CollectReport(0, 0, 0, "another collection is under way");
            }
            Map<PackId, Instant> marked = Marks.condemned(store);
            condemned = marked.keySet();
            Instant counted = countedOnSince(now);
            look();
            for (Map.Entry<PackId, Long> pack : present.entrySet()) {
                Instant since = marked.get(pack.getKey());
                if (needed.containsKey(pack.getKey())) {
                    if (since != null) {
                        Marks.pardon(store, pack.getKey());
                    }
                } else if (since == null) {
                    Marks.condemn(store, pack.getKey());
                    condemnedNow++;
                } else if (since.plus(Lease.GRACE).isBefore(counted)) {
                    lease.need(LAST_DELETE);
                    store.delete(pack.getKey().object());
                    deleted++;
                    deletedBytes += pack.getValue();
                } else if (waitsFor == null) {
                    waitsFor = counted.equals(now)
                            ? "packs were condemned only just now"
                            : "a writer that began before packs were condemned is still at work";
                }
            }
            tidy(lease);
            lease.need(LAST_DELETE);
            Compaction compaction = new Compaction(store, repository);
            condemnedNow += compaction.run(sparse());
        }
        return new CollectReport(condemnedNow, deleted, deletedBytes, waitsFor);
    }

    private boolean anotherRuns(Lease own, Instant now) {
        boolean another = false;
        for (Map.Entry<String, Lease.Seen> each :
                Lease.all(store, Lease.COLLECTORS).entrySet()) {
            if (each.getKey().equals(own.folder())) {
                continue;
            }
            if (each.getValue().mayHold(now)) {
                another = true;
            } else {
                Lease.delete(store, each.getKey());
            }
        }
        return another;
    }

    /** When the oldest writer that is at work began; now when there is none. */
    private Instant countedOnSince(Instant now) {
        Instant oldest = now;
        for (Map.Entry<String, Lease.Seen> each :
                Lease.all(store, Lease.WRITERS).entrySet()) {
            if (!each.getValue().mayHold(now)) {
                Lease.delete(store, each.getKey());
            } else if (each.getValue().begun().isBefore(oldest)) {
                oldest = each.getValue().begun();
            }
        }
        return oldest;
    }

    /**
     * Which packs there are and which are needed.
     *
     * @throws YadoException {@link ErrorCode#BACKUP_DAMAGED} when that cannot be known: then nothing may be deleted
     */
    private void look() {
        store.list(
                PackId.FOLDER, each -> PackId.ofObject(each.name()).ifPresent(pack -> present.put(pack, each.bytes())));
        ChunkIndex.Usable usable = index.refresh();
        Marks.Damaged damaged = index.damaged();
        try (ChunkReader reader = repository.reader(null)) {
            MapWalk walk = new MapWalk(reader);
            for (BackupId backup : repository.list()) {
                try {
                    walk.walk(repository.manifest(backup), new Needs(usable, damaged));
                } catch (YadoException e) {
                    if (e.code() != ErrorCode.NOT_FOUND) {
                        throw new YadoException(
                                e.code(),
                                "Nothing is collected while it is not known what backup " + backup + " needs. "
                                        + e.getMessage() + " If it cannot be mended, delete that backup.",
                                e);
                    }
                }
            }
        }
    }

    private final class Needs implements MapWalk.Visitor {
        private final ChunkIndex.Usable usable;
        private final Marks.Damaged damaged;

        Needs(ChunkIndex.Usable usable, Marks.Damaged damaged) {
            this.usable = usable;
            this.damaged = damaged;
        }

        @Override
        public void node(Locator where) {
            chunk(where);
        }

        @Override
        public void chunk(Locator where) {
            boolean doubtful =
                    condemned.contains(where.pack()) || !present.containsKey(where.pack()) || damaged.has(where);
            Locator other = doubtful ? usable.get(where.id()) : null;
            need(other != null && present.containsKey(other.pack()) ? other : where);
        }

        private void need(Locator where) {
            needed.computeIfAbsent(where.pack(), pack -> new OffsetSet()).add(where.offset(), where.stored());
        }

        @Override
        public void damaged(ChunkDamage node) {
            throw node;
        }
    }

    /** Packs of which less than half is needed. Those that are condemned already were there before. */
    private Set<PackId> sparse() {
        Set<PackId> packs = new HashSet<>();
        needed.forEach((pack, chunks) -> {
            Long bytes = present.get(pack);
            if (bytes != null && chunks.storedBytes() * 2 < bytes && !condemned.contains(pack)) {
                packs.add(pack);
            }
        });
        return packs;
    }

    private void tidy(Lease lease) {
        Set<PackId> gone = new HashSet<>(condemned);
        if (deleted == 0) {
            gone.removeAll(present.keySet());
        } else {
            gone.removeIf(pack ->
                    needed.containsKey(pack) || store.look(pack.object()).isPresent());
        }
        lease.need(LAST_DELETE);
        new IndexTidy(store).run(gone);
        for (PackId pack : gone) {
            Marks.forget(store, pack);
            Marks.pardon(store, pack);
        }
        store.tidy();
    }
}
