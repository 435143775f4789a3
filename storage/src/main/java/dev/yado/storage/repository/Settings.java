package dev.yado.storage.repository;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.map.Leaf;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import tools.jackson.core.JacksonException;

/**
 * What holds for a repository from its first day, as its marker has it.
 *
 * @param chunkBytes that are named, compressed and stored together; a power of two, at least a block. A block of it can be replaced alone
 * @param encrypted with keys of tenants: then nothing is shared between tenants
 * @param retentionDays for which a backup cannot be deleted by anybody; 0: no such lock
 */
record Settings(int format, UUID id, int chunkBytes, boolean encrypted, int retentionDays) {
    static final int FORMAT = 1;
    private static final String BEGIN = "YADO-REPOSITORY";
    private static final int MAX_CHUNK_BYTES = 4 << 20;

    Settings {
        if (chunkBytes < Leaf.BLOCK_BYTES || chunkBytes > MAX_CHUNK_BYTES || Integer.bitCount(chunkBytes) != 1) {
            throw new IllegalArgumentException("no such size of chunks: " + chunkBytes);
        }
    }

    Duration retention() {
        return Duration.ofDays(retentionDays);
    }

    ByteBuffer write() {
        return HeadedJson.write(BEGIN, ProtocolJson.mapper().writeValueAsBytes(this), "");
    }

    /** @throws YadoException {@link ErrorCode#REPOSITORY_UNAVAILABLE} when there is none, {@link ErrorCode#REPOSITORY_INVALID} */
    static Settings read(ObjectStore store) {
        ByteBuffer content = store.get(ObjectStore.MARKER)
                .orElseThrow(() -> new YadoException(
                        ErrorCode.REPOSITORY_UNAVAILABLE,
                        "There is no repository in " + store.where() + ": it has no object " + ObjectStore.MARKER
                                + ". Most often it is not mounted, or it is another place."));
        Settings settings;
        try {
            settings = HeadedJson.read(BEGIN, content)
                    .map(each -> ProtocolJson.mapper().readValue(each.json(), Settings.class))
                    .orElseThrow(() -> new IllegalArgumentException("not as it was written"));
        } catch (JacksonException | IllegalArgumentException e) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_INVALID,
                    "The object " + ObjectStore.MARKER + " of the repository in " + store.where()
                            + " is damaged, or it is of another program.",
                    e);
        }
        if (settings.format() != FORMAT) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_INVALID,
                    "The repository in " + store.where() + " has format " + settings.format() + "; this version knows "
                            + FORMAT + ".");
        }
        return settings;
    }
}
