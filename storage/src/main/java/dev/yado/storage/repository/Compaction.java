package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.ChunkKey;
import dev.yado.storage.repository.chunk.IndexObject;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.chunk.PackTable;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies what is needed of packs that are mostly garbage, as it is stored, into other packs; when the index has it there the old ones
 * are condemned. Who dies in between leaves a few chunks twice. For one use.
 */
final class Compaction {
    /** In one collection, so that it ends in some minutes. */
    private static final int MOST_PACKS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    private final ObjectStore store;
    private final Repository repository;
    private final Map<PackId, Rest> rests = new HashMap<>();

    Compaction(ObjectStore store, Repository repository) {
        this.store = store;
        this.repository = repository;
    }

    /** What is needed of a pack. */
    private record Rest(
            Set<Locator> nodes, Set<Locator> data, @Nullable ChunkKey key, boolean closed) {}

    /** @return how many packs were condemned */
    int run(Set<PackId> sparse) {
        List<PackId> packs = sparse.stream().limit(MOST_PACKS).toList();
        if (packs.isEmpty()) {
            return 0;
        }
        gather(new HashSet<>(packs));
        List<PackId> done = new ArrayList<>();
        List<PackTable> written = new ArrayList<>();
        try (PackSink data = new PackSink(store, repository.memory().data());
                PackSink maps = new PackSink(store, repository.memory().maps())) {
            for (PackId pack : packs) {
                Rest rest = rests.get(pack);
                if (rest != null && copy(pack, rest, data, maps)) {
                    done.add(pack);
                }
            }
            written.addAll(data.finish());
            written.addAll(maps.finish());
        }
        if (!written.isEmpty()) {
            ByteBuffer index = IndexObject.write(written);
            store.put(IndexObject.object(index), index);
        }
        done.forEach(pack -> Marks.condemn(store, pack));
        return done.size();
    }

    private void gather(Set<PackId> packs) {
        try (ChunkReader reader = repository.reader(null)) {
            MapWalk walk = new MapWalk(reader);
            for (BackupId backup : repository.list()) {
                try {
                    Manifest manifest = repository.manifest(backup);
                    Optional<ChunkKey> key = repository.keyIfThere(manifest);
                    boolean closed = manifest.key() != null && key.isEmpty();
                    walk.walk(manifest, new Gathering(packs, key.orElse(null), closed));
                } catch (YadoException e) {
                    if (e.code() != ErrorCode.NOT_FOUND) {
                        throw e;
                    }
                }
            }
        }
    }

    private final class Gathering implements MapWalk.Visitor {
        private final Set<PackId> packs;
        private final @Nullable ChunkKey key;
        private final boolean closed;

        Gathering(Set<PackId> packs, @Nullable ChunkKey key, boolean closed) {
            this.packs = packs;
            this.key = key;
            this.closed = closed;
        }

        private Optional<Rest> rest(Locator where) {
            return packs.contains(where.pack())
                    ? Optional.of(rests.computeIfAbsent(
                            where.pack(), pack -> new Rest(new HashSet<>(), new HashSet<>(), key, closed)))
                    : Optional.empty();
        }

        @Override
        public void node(Locator where) {
            rest(where).ifPresent(rest -> rest.nodes().add(where));
        }

        @Override
        public void chunk(Locator where) {
            rest(where).ifPresent(rest -> rest.data().add(where));
        }

        @Override
        public void damaged(ChunkDamage node) {
            throw node;
        }
    }

    /** @return false when something in it is damaged: then it stays */
    private boolean copy(PackId pack, Rest rest, PackSink data, PackSink maps) {
        Optional<ByteBuffer> content = store.get(pack.object());
        if (content.isEmpty()) {
            return false;
        }
        int most = Math.max(repository.chunkBytes(), ChunkReader.MAX_NODE_BYTES);
        byte[] plain = new byte[most];
        try (ChunkCodec ofNodes = new ChunkCodec(1, most, null);
                ChunkCodec ofData = new ChunkCodec(1, most, rest.key())) {
            for (Locator each : rest.nodes()) {
                ofNodes.decode(each, part(each, content.get()), plain, 0);
            }
            for (Locator each : rest.data()) {
                ByteBuffer part = part(each, content.get());
                // Without the key it cannot be looked into: a damage would be found by who has it.
                if (!rest.closed()) {
                    ofData.decode(each, part, plain, 0);
                }
            }
        } catch (ChunkDamage damage) {
            LOG.warn("a pack stays as it is: {}", damage.getMessage());
            return false;
        }
        rest.nodes().forEach(each -> maps.add(each.id(), each.plain(), part(each, content.get())));
        rest.data().forEach(each -> data.add(each.id(), each.plain(), part(each, content.get())));
        return true;
    }

    private static ByteBuffer part(Locator chunk, ByteBuffer pack) {
        long end = (long) chunk.offset() + chunk.stored();
        if (chunk.offset() < 0 || chunk.stored() < 0 || end > pack.limit()) {
            throw new ChunkDamage(chunk, "is cut off");
        }
        return pack.duplicate().position(chunk.offset()).limit((int) end);
    }
}
