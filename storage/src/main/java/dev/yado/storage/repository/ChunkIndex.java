package dev.yado.storage.repository;

import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.chunk.ChunkTable;
import dev.yado.storage.repository.chunk.IndexObject;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.chunk.PackTable;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where chunks lie that may be used again: those in the index objects, without condemned packs and known damage. Needed for writing,
 * and for reading only when a chunk is not where its map says.
 */
final class ChunkIndex {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkIndex.class);
    private final ObjectStore store;
    private Seen seen = new Seen(Set.of(), new Marks.Damaged(Set.of()));
    private volatile Usable usable = new Usable();

    ChunkIndex(ObjectStore store) {
        this.store = store;
    }

    /** @param condemned packs */
    private record Seen(Set<PackId> condemned, Marks.Damaged damaged) {}

    /** What a writer may use that began after it was given. Grows, and never loses anything. */
    static final class Usable {
        private final ChunkTable chunks = new ChunkTable();
        private final Map<PackId, Long> packBytes = new ConcurrentHashMap<>();
        private final Set<String> objects = new HashSet<>();

        @Nullable
        Locator get(ChunkId id) {
            return chunks.get(id);
        }

        /** Empty for a pack that it does not know. */
        Optional<Long> packBytes(PackId pack) {
            return Optional.ofNullable(packBytes.get(pack));
        }

        int size() {
            return chunks.size();
        }
    }

    /** As the store has it now. */
    synchronized Usable refresh() {
        Seen now = new Seen(Marks.condemned(store).keySet(), Marks.damaged(store));
        Set<String> names = new HashSet<>();
        store.list(IndexObject.FOLDER, each -> names.add(each.name()));
        Usable next = usable;
        if (!now.equals(seen) || !names.containsAll(next.objects)) {
            next = new Usable();
        }
        for (String name : names) {
            if (next.objects.add(name)) {
                load(name, now, next);
            }
        }
        seen = now;
        usable = next;
        return next;
    }

    private void load(String name, Seen now, Usable to) {
        Optional<ByteBuffer> content = store.get(name);
        if (content.isEmpty()) {
            // Joined with others since it was listed.
            return;
        }
        List<PackTable> packs;
        try {
            packs = IndexObject.read(content.get());
        } catch (IllegalArgumentException e) {
            // Nothing is lost: its chunks are stored once more when they come again.
            LOG.warn("{} in {} {}", name, store.where(), e.getMessage());
            return;
        }
        for (PackTable pack : packs) {
            if (now.condemned().contains(pack.pack())) {
                continue;
            }
            to.packBytes.put(pack.pack(), pack.bytes());
            for (Locator chunk : pack.chunks()) {
                if (!now.damaged().has(chunk)) {
                    to.chunks.add(chunk);
                }
            }
        }
    }

    /** Where else a chunk is than there; as of now. */
    Optional<Locator> elsewhere(Locator chunk) {
        Locator other = usable.get(chunk.id());
        if (other == null || other.equals(chunk)) {
            other = refresh().get(chunk.id());
        }
        return Optional.ofNullable(other).filter(each -> !each.equals(chunk));
    }

    /** What was known to be damaged when it was last refreshed. */
    synchronized Marks.Damaged damaged() {
        return seen.damaged();
    }
}
