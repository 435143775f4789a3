package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkKey;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.storage.repository.store.StoredObject;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A repository of backups in an {@link ObjectStore}. Any number of processes may have one open and use it, each by one of these, which
 * may be used by many threads and stays open as long as the process likes: it remembers which chunks there are.
 */
public final class Repository implements AutoCloseable {
    /** Chosen by measurement, see bench/README.md. */
    public static final int CHUNK_BYTES = 256 << 10;

    static final int LEVEL = 1;

    private static final int DATA_PACK_BYTES = 16 << 20;
    private static final int MAP_PACK_BYTES = 1 << 20;
    /** Of the process, whatever repositories it uses. */
    private static final Memory MEMORY = new Memory(new PackBuffers(DATA_PACK_BYTES), new PackBuffers(MAP_PACK_BYTES));

    private final ObjectStore store;
    private final Keys keys;
    private final Settings settings;
    private final ChunkIndex index;

    private Repository(ObjectStore store, Keys keys, Settings settings) {
        this.store = store;
        this.keys = keys;
        this.settings = settings;
        index = new ChunkIndex(store);
    }

    /**
     * Opens what is there.
     *
     * @throws YadoException {@link ErrorCode#REPOSITORY_UNAVAILABLE} when there is none, {@link ErrorCode#REPOSITORY_INVALID} when it is
     *     one that this version does not know
     */
    public static Repository open(ObjectStore store, Keys keys) {
        return new Repository(store, keys, Settings.read(store));
    }

    /**
     * Opens what is there, or makes an empty one: encrypted when there are keys.
     *
     * @param retention for which a backup cannot be deleted by anybody, in whole days; zero: no such lock
     */
    public static Repository create(ObjectStore store, Keys keys, Duration retention) {
        return create(store, keys, retention, CHUNK_BYTES);
    }

    /** @param chunkBytes a power of two, from a block to 4 MiB, for ever */
    public static Repository create(ObjectStore store, Keys keys, Duration retention, int chunkBytes) {
        store.put(
                ObjectStore.MARKER,
                new Settings(
                                Settings.FORMAT,
                                UUID.randomUUID(),
                                chunkBytes,
                                !keys.isEmpty(),
                                Math.toIntExact(retention.toDays()))
                        .write());
        return open(store, keys);
    }

    /** Whether the store can be reached and has it. */
    public boolean isThere() {
        return store.look(ObjectStore.MARKER).isPresent();
    }

    /** Tells it from all others, whatever it is called where. */
    public UUID id() {
        return settings.id();
    }

    /** For people. */
    public String where() {
        return store.where();
    }

    /**
     * Begins a backup. Another one with the same id must not be under way.
     *
     * @throws YadoException {@link ErrorCode#CONFLICT} when there is one with its id, {@link ErrorCode#BACKUP_KEY_REFUSED} when the
     *     repository is encrypted and there is no key of the tenant
     */
    public BackupWriter begin(BackupHead head) {
        return begin(head, settings.encrypted() ? keys.need(head.tenant()) : null);
    }

    /** As {@link #begin}, but encrypted with the tenant's key even where other backups are not. */
    public BackupWriter beginEncrypted(BackupHead head) {
        return begin(head, keys.need(head.tenant()));
    }

    private BackupWriter begin(BackupHead head, @Nullable ChunkKey key) {
        if (store.look(ManifestFile.object(head.id())).isPresent()) {
            throw taken(head.id());
        }
        Lease lease = new Lease(store, Lease.WRITERS, "backup " + head.id() + " of VM " + head.vm());
        try {
            return new BackupWriter(head, store, settings, key, lease, index, MEMORY);
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    static YadoException taken(BackupId id) {
        return new YadoException(ErrorCode.CONFLICT, "There is a backup " + id + " in the repository already.");
    }

    /** @throws YadoException {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#BACKUP_DAMAGED}, {@link ErrorCode#BACKUP_KEY_REFUSED} */
    public BackupReader read(BackupId id) {
        Manifest manifest = manifest(id);
        return new BackupReader(settings.id(), manifest, reader(key(manifest)));
    }

    ChunkReader reader(@Nullable ChunkKey key) {
        return new ChunkReader(store, index, settings.chunkBytes(), key);
    }

    /** For packs of data, and for those of maps, which are kept apart so that maps are read fast. */
    record Memory(PackBuffers data, PackBuffers maps) {}

    Memory memory() {
        return MEMORY;
    }

    int chunkBytes() {
        return settings.chunkBytes();
    }

    /** Empty for what is not encrypted, too. */
    Optional<ChunkKey> keyIfThere(Manifest manifest) {
        TenantId tenant = manifest.tenant();
        return manifest.key() == null || tenant == null ? Optional.empty() : keys.of(tenant);
    }

    /** Null for what is not encrypted. */
    @Nullable
    ChunkKey key(Manifest manifest) {
        TenantId tenant = manifest.tenant();
        return manifest.key() == null || tenant == null ? null : keys.need(tenant);
    }

    /**
     * Without the tenant's key the spec is null.
     *
     * @throws YadoException {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#BACKUP_DAMAGED}, {@link ErrorCode#BACKUP_KEY_REFUSED}
     */
    public Manifest manifest(BackupId id) {
        ByteBuffer file = store.get(ManifestFile.object(id))
                .orElseThrow(() -> new YadoException(
                        ErrorCode.NOT_FOUND,
                        "There is no backup " + id + " in the repository in " + store.where() + "."));
        return ManifestFile.read(id, file, keys);
    }

    /** All backups, oldest ids first. Whether their manifests can be read is not looked at. */
    public List<BackupId> list() {
        List<BackupId> ids = new ArrayList<>();
        store.list(ManifestFile.FOLDER, (StoredObject each) -> {
            try {
                ids.add(BackupId.of(each.name().substring(ManifestFile.FOLDER.length())));
            } catch (IllegalArgumentException e) {
                // Not of ours; nothing of it is touched.
            }
        });
        ids.sort(Comparator.naturalOrder());
        return ids;
    }

    /**
     * Deletes a backup. What only it has is garbage from then on, until {@link #collect}.
     *
     * @throws YadoException {@link ErrorCode#BACKUP_RETAINED} before the time until which it is kept
     */
    public void forget(BackupId id) {
        StoredObject seen = store.look(ManifestFile.object(id)).orElse(null);
        if (seen == null) {
            return;
        }
        Instant until = retainedUntil(id, seen);
        if (until != null && StoreClock.now(store).isBefore(until)) {
            throw new YadoException(
                    ErrorCode.BACKUP_RETAINED,
                    "Backup " + id + " is kept until " + until + " and cannot be deleted before.");
        }
        store.delete(seen.name());
    }

    private @Nullable Instant retainedUntil(BackupId id, StoredObject seen) {
        try {
            return manifest(id).retainUntil();
        } catch (YadoException e) {
            return switch (e.code()) {
                case BACKUP_DAMAGED, BACKUP_KEY_REFUSED ->
                    settings.retentionDays() == 0 ? null : seen.modified().plus(settings.retention());
                case NOT_FOUND -> null;
                default -> throw e;
            };
        }
    }

    /**
     * Deletes what no backup needs, beside writers that are at work. It takes two calls: the first condemns, so that nobody begins to
     * use it; one that is at least some minutes later deletes, when all who may have counted on it are done.
     */
    public CollectReport collect() {
        return new Collector(store, this, index).run();
    }

    /** Reads all that the backups need and checks it, on all processors. What is damaged is noted, so that it is stored anew. */
    public VerifyReport verify(Collection<BackupId> backups) {
        return new Verifier(store, this, index, settings.chunkBytes()).run(backups);
    }

    public VerifyReport verify() {
        return verify(list());
    }

    @Override
    public void close() {
        store.close();
    }
}
