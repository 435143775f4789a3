package dev.yado.storage.repository.chunk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which chunk lies where: about 80 bytes of memory each, since a repository has millions. For many threads at once. What is in it
 * stays, with the place that came first.
 */
public final class ChunkTable {
    private static final int WORDS = 4;
    private static final int PLACE = 4;

    private final List<PackId> packs = new ArrayList<>();
    private final Map<PackId, Integer> ordinals = new HashMap<>();
    private long[] ids;
    private int[] places;
    private int count;

    public ChunkTable() {
        ids = new long[64 * WORDS];
        places = new int[64 * PLACE];
    }

    public synchronized int size() {
        return count;
    }

    public synchronized @Nullable Locator get(ChunkId id) {
        int slot = slot(ids, places, id.a(), id.b(), id.c(), id.d());
        int at = slot * PLACE;
        if (places[at + 3] == 0) {
            return null;
        }
        return new Locator(id, packs.get(places[at]), places[at + 1], places[at + 2], places[at + 3]);
    }

    /** @return false when the chunk was there already */
    public synchronized boolean add(Locator chunk) {
        ChunkId id = chunk.id();
        int at = slot(ids, places, id.a(), id.b(), id.c(), id.d()) * PLACE;
        if (places[at + 3] != 0) {
            return false;
        }
        int word = at;
        ids[word] = id.a();
        ids[word + 1] = id.b();
        ids[word + 2] = id.c();
        ids[word + 3] = id.d();
        places[at] = ordinal(chunk.pack());
        places[at + 1] = chunk.offset();
        places[at + 2] = chunk.stored();
        places[at + 3] = chunk.plain();
        count++;
        if (count * 10L > places.length / PLACE * 7L) {
            grow();
        }
        return true;
    }

    private int ordinal(PackId pack) {
        Integer known = ordinals.get(pack);
        if (known == null) {
            known = packs.size();
            packs.add(pack);
            ordinals.put(pack, known);
        }
        return known;
    }

    private void grow() {
        long[] moreIds = new long[ids.length * 2];
        int[] morePlaces = new int[places.length * 2];
        for (int at = 0; at < places.length; at += PLACE) {
            if (places[at + 3] != 0) {
                int to = slot(moreIds, morePlaces, ids[at], ids[at + 1], ids[at + 2], ids[at + 3]) * PLACE;
                System.arraycopy(ids, at, moreIds, to, WORDS);
                System.arraycopy(places, at, morePlaces, to, PLACE);
            }
        }
        ids = moreIds;
        places = morePlaces;
    }

    /** Where it is, or where it would go. */
    private static int slot(long[] ids, int[] places, long a, long b, long c, long d) {
        int mask = places.length / PLACE - 1;
        // Names are digests: any bits of them are as good as a hash.
        int slot = (int) a & mask;
        while (places[slot * PLACE + 3] != 0) {
            int word = slot * WORDS;
            if (ids[word] == a && ids[word + 1] == b && ids[word + 2] == c && ids[word + 3] == d) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
