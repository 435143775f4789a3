package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.storage.repository.store.StoredObject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;

/** The time that the store gives its objects: the one clock that all who use it share. */
final class StoreClock {
    private static final String FOLDER = "clock/";

    private StoreClock() {}

    static Instant now(ObjectStore store) {
        String name = FOLDER + UUID.randomUUID();
        store.put(name, ByteBuffer.allocate(0));
        try {
            return store.look(name)
                    .map(StoredObject::modified)
                    .orElseThrow(() -> new YadoException(
                            ErrorCode.REPOSITORY_UNAVAILABLE,
                            "The repository in " + store.where() + " does not show what was just written to it."));
        } finally {
            store.delete(name);
        }
    }
}
