package dev.yado.storage.repository;

import dev.yado.storage.repository.chunk.IndexObject;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.chunk.PackTable;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes the index anew without packs that are gone, joined into fewer objects, since every backup adds one. What is new is written
 * before what is old is deleted; who reads meanwhile finds at worst less than there is. One at a time.
 */
final class IndexTidy {
    private static final int MOST_OBJECTS = 32;
    private static final int CHUNKS_EACH = 1 << 19;

    private final ObjectStore store;

    IndexTidy(ObjectStore store) {
        this.store = store;
    }

    void run(Set<PackId> gone) {
        List<String> names = new ArrayList<>();
        store.list(IndexObject.FOLDER, each -> names.add(each.name()));
        if (gone.isEmpty() && names.size() <= MOST_OBJECTS) {
            return;
        }
        Map<PackId, PackTable> tables = new HashMap<>();
        List<String> old = new ArrayList<>();
        for (String name : names) {
            Optional<ByteBuffer> content = store.get(name);
            if (content.isEmpty()) {
                continue;
            }
            old.add(name);
            try {
                IndexObject.read(content.get()).forEach(each -> tables.put(each.pack(), each));
            } catch (IllegalArgumentException e) {
                // Its chunks are stored once more when they come again.
            }
        }
        tables.keySet().removeAll(gone);
        old.removeAll(write(tables));
        old.forEach(store::delete);
    }

    /** @return the names of what is there now */
    private List<String> write(Map<PackId, PackTable> tables) {
        List<String> names = new ArrayList<>();
        List<PackTable> next = new ArrayList<>();
        int chunks = 0;
        for (PackTable each : tables.values()) {
            next.add(each);
            chunks += each.chunks().size();
            if (chunks >= CHUNKS_EACH) {
                names.add(put(next));
                next.clear();
                chunks = 0;
            }
        }
        if (!next.isEmpty()) {
            names.add(put(next));
        }
        return names;
    }

    private String put(List<PackTable> packs) {
        ByteBuffer content = IndexObject.write(packs);
        String name = IndexObject.object(content);
        store.put(name, content);
        return name;
    }
}
