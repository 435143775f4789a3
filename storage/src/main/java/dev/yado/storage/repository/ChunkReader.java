package dev.yado.storage.repository;

import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.ChunkKey;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.map.Branch;
import dev.yado.storage.repository.map.Leaf;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads chunks and nodes of maps, each checked against its name. What is damaged or not there is noted in the store and taken from
 * elsewhere, if it is somewhere. For many threads at once.
 */
final class ChunkReader implements AutoCloseable {
    private final ObjectStore store;
    private final ChunkIndex index;
    private final Codecs nodes;
    private final Codecs data;
    /** Names are never used again. */
    private final Set<PackId> gone = ConcurrentHashMap.newKeySet();

    /** @param key of the data; maps are never encrypted */
    ChunkReader(ObjectStore store, ChunkIndex index, int chunkBytes, @Nullable ChunkKey key) {
        this.store = store;
        this.index = index;
        nodes = new Codecs(MAX_NODE_BYTES, null);
        data = new Codecs(chunkBytes, key);
    }

    /** A leaf whose every block is a chunk of its own in another pack has 36 KiB. */
    static final int MAX_NODE_BYTES = 64 << 10;

    /** @throws ChunkDamage when it is nowhere to be had */
    byte[] data(Locator chunk) {
        return fetch(chunk, data);
    }

    /** @throws ChunkDamage when it is nowhere to be had */
    Leaf leaf(Locator node) {
        try {
            return Leaf.read(fetch(node, nodes));
        } catch (IllegalArgumentException e) {
            throw new ChunkDamage(node, String.valueOf(e.getMessage()));
        }
    }

    /** @throws ChunkDamage when it is nowhere to be had */
    Branch branch(Locator node) {
        try {
            return Branch.read(fetch(node, nodes));
        } catch (IllegalArgumentException e) {
            throw new ChunkDamage(node, String.valueOf(e.getMessage()));
        }
    }

    private byte[] fetch(Locator chunk, Codecs codecs) {
        try {
            return fetchThere(chunk, codecs);
        } catch (ChunkDamage damage) {
            Optional<Locator> other = index.elsewhere(chunk);
            if (!damage.gone() || other.isEmpty()) {
                Marks.note(store, damage);
            }
            if (other.isEmpty()) {
                throw damage;
            }
            return fetchThere(other.get(), codecs);
        }
    }

    private byte[] fetchThere(Locator chunk, Codecs codecs) {
        if (chunk.offset() < 0
                || chunk.stored() < 1
                || chunk.stored() > codecs.maxStored()
                || chunk.plain() > codecs.maxPlain) {
            throw new ChunkDamage(chunk, "is said to lie where no chunk can lie");
        }
        if (gone.contains(chunk.pack())) {
            throw ChunkDamage.gone(chunk);
        }
        ByteBuffer content = store.get(chunk.pack().object(), chunk.offset(), chunk.stored())
                .orElseThrow(() -> {
                    gone.add(chunk.pack());
                    return ChunkDamage.gone(chunk);
                });
        return codecs.decode(chunk, content);
    }

    @Override
    public void close() {
        nodes.close();
        data.close();
    }

    /** Codecs that are not in use. */
    private static final class Codecs {
        private final int maxPlain;
        private final @Nullable ChunkKey key;
        private final ConcurrentLinkedQueue<ChunkCodec> idle = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;

        Codecs(int maxPlain, @Nullable ChunkKey key) {
            this.maxPlain = maxPlain;
            this.key = key;
        }

        /** A chunk that does not become smaller has its head, a nonce and a tag besides. */
        int maxStored() {
            return maxPlain + 1024;
        }

        byte[] decode(Locator chunk, ByteBuffer content) {
            ChunkCodec codec = idle.poll();
            if (codec == null) {
                codec = new ChunkCodec(1, maxPlain, key);
            }
            try {
                byte[] plain = new byte[Math.clamp(chunk.plain(), 0, maxPlain)];
                codec.decode(chunk, content, plain, 0);
                return plain;
            } finally {
                idle.add(codec);
                if (closed) {
                    close();
                }
            }
        }

        void close() {
            closed = true;
            for (ChunkCodec each = idle.poll(); each != null; each = idle.poll()) {
                each.close();
            }
        }
    }
}
