package dev.yado.storage.repository;

import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.storage.repository.store.StoredObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects whose names say something about packs: that one is condemned, so nobody begins to use it, or that a chunk in it was found
 * damaged, so that it is stored anew when it comes again.
 */
final class Marks {
    static final String CONDEMNED = "condemned/";
    static final String DAMAGED = "damaged/";
    private static final String ALL = "all";
    private static final Logger LOG = LoggerFactory.getLogger(Marks.class);

    private Marks() {}

    /** When each was condemned, by the store's clock. */
    static Map<PackId, Instant> condemned(ObjectStore store) {
        Map<PackId, Instant> packs = new HashMap<>();
        store.list(CONDEMNED, each -> {
            try {
                packs.put(PackId.of(each.name().substring(CONDEMNED.length())), each.modified());
            } catch (IllegalArgumentException e) {
                LOG.warn("{} is nothing that Yado writes", each.name());
            }
        });
        return packs;
    }

    static void condemn(ObjectStore store, PackId pack) {
        store.put(CONDEMNED + pack, ByteBuffer.allocate(0));
    }

    static void pardon(ObjectStore store, PackId pack) {
        store.delete(CONDEMNED + pack);
    }

    /** @param chunks as {@link #DAMAGED} has them, {@code PACK/CHUNK} or {@code PACK/all} */
    record Damaged(Set<String> chunks) {
        Damaged {
            chunks = Set.copyOf(chunks);
        }

        boolean has(Locator chunk) {
            return !chunks.isEmpty()
                    && (chunks.contains(chunk.pack() + "/" + chunk.id()) || chunks.contains(chunk.pack() + "/" + ALL));
        }

        boolean isEmpty() {
            return chunks.isEmpty();
        }
    }

    static Damaged damaged(ObjectStore store) {
        Set<String> chunks = new HashSet<>();
        store.list(DAMAGED, each -> chunks.add(each.name().substring(DAMAGED.length())));
        return new Damaged(chunks);
    }

    /** Never fails: who reads may not be allowed to write. */
    static void note(ObjectStore store, ChunkDamage damage) {
        note(store, damage.chunk().pack() + "/" + damage.chunk().id(), damage.why());
    }

    /** As {@link #note(ObjectStore, ChunkDamage)}, for all chunks of a pack. */
    static void note(ObjectStore store, PackId pack, String why) {
        note(store, pack + "/" + ALL, why);
    }

    private static void note(ObjectStore store, String what, String why) {
        try {
            store.put(DAMAGED + what, ByteBuffer.wrap(why.getBytes(StandardCharsets.UTF_8)));
        } catch (YadoException e) {
            LOG.warn("cannot note in {} that {} {}", store.where(), what, why, e);
        }
    }

    /** What was noted of a pack that is gone. */
    static void forget(ObjectStore store, PackId pack) {
        Set<String> names = new HashSet<>();
        store.list(DAMAGED + pack + "/", (StoredObject each) -> names.add(each.name()));
        names.forEach(store::delete);
    }
}
