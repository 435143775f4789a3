package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.chunk.ChunkKey;
import dev.yado.storage.repository.chunk.ChunkTable;
import dev.yado.storage.repository.chunk.IndexObject;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.chunk.PackTable;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A backup that is being written. Its disks may be written by threads of their own, one each. It does not exist before
 * {@link #finish}; when its process dies, or it is abandoned, what it has stored is garbage and collected.
 */
public final class BackupWriter implements AutoCloseable {
    /** As long as the last two writes may take at most. */
    private static final Duration LAST_WRITES = Duration.ofMinutes(5);

    private static final int LOOK_AT_EACH = 200;

    private final BackupHead head;
    private final ObjectStore store;
    private final Settings settings;
    private final @Nullable ChunkKey key;
    private final Lease lease;
    private final ChunkIndex index;
    private final ChunkIndex.Usable known;
    private final Marks.Damaged damaged;
    private final PackSink data;
    private final PackSink maps;
    private final ChunkTable fresh = new ChunkTable();
    private final Set<BackupId> previousBackups = ConcurrentHashMap.newKeySet();
    private final Set<PackId> reused = ConcurrentHashMap.newKeySet();
    private final List<Manifest.DiskMap> disks = new ArrayList<>();
    private final LongAdder readBytes = new LongAdder();
    private final LongAdder storedBytes = new LongAdder();
    private final LongAdder newChunks = new LongAdder();
    private final LongAdder reusedChunks = new LongAdder();
    private boolean over;

    /** The lease is older than what is known: nothing of that is deleted while it holds. */
    BackupWriter(
            BackupHead head,
            ObjectStore store,
            Settings settings,
            @Nullable ChunkKey key,
            Lease lease,
            ChunkIndex index,
            Repository.Memory memory) {
        this.head = head;
        this.store = store;
        this.settings = settings;
        this.key = key;
        this.lease = lease;
        this.index = index;
        known = index.refresh();
        damaged = index.damaged();
        data = new PackSink(store, memory.data());
        maps = new PackSink(store, memory.maps());
    }

    public BackupId id() {
        return head.id();
    }

    /**
     * Begins a disk. It is complete when it is closed.
     *
     * @param previous the same disk in another backup of the same tenant in this repository, from which {@link DiskWriter#unchanged}
     *     takes; its reader must stay open as long
     */
    public DiskWriter disk(DiskId disk, long sizeBytes, Optional<BackupReader.Disk> previous) {
        previous.ifPresent(before -> {
            Manifest backup = before.backup();
            if (!before.repository().equals(settings.id())
                    || !Objects.equals(backup.key(), key == null ? null : key.name())) {
                throw new IllegalArgumentException(
                        "backup " + backup.id() + " is in another repository, or encrypted with another key");
            }
            previousBackups.add(backup.id());
        });
        return new DiskWriter(this, disk, sizeBytes, previous);
    }

    int chunkBytes() {
        return settings.chunkBytes();
    }

    Marks.Damaged damaged() {
        return damaged;
    }

    /** Of data. */
    ChunkCodec codec() {
        return new ChunkCodec(Repository.LEVEL, settings.chunkBytes(), key);
    }

    void read(long bytes) {
        readBytes.add(bytes);
    }

    /** Where such a chunk is, stored unless it was there. */
    Locator storeData(ChunkId id, byte[] plain, int offset, int length, ChunkCodec codec) {
        Locator there = find(id);
        if (there != null && there.plain() == length) {
            reusedChunks.increment();
            return there;
        }
        ByteBuffer stored = codec.encode(id, plain, offset, length);
        storedBytes.add(stored.remaining());
        newChunks.increment();
        return keep(data.add(id, length, stored));
    }

    /** As {@link #storeData}, for a node of a map. */
    Locator storeNode(byte[] node, ChunkCodec codec) {
        ChunkId id = codec.name(node, 0, node.length);
        Locator there = find(id);
        if (there != null) {
            return there;
        }
        ByteBuffer stored = codec.encode(id, node, 0, node.length);
        storedBytes.add(stored.remaining());
        return keep(maps.add(id, node.length, stored));
    }

    /** Where a chunk of the previous backup is now, if it has been moved. */
    Locator moved(Locator chunk) {
        if (known.packBytes(chunk.pack()).isPresent()) {
            return chunk;
        }
        Locator there = known.get(chunk.id());
        if (there == null) {
            return chunk;
        }
        reused.add(there.pack());
        return there;
    }

    private Locator keep(Locator chunk) {
        fresh.add(chunk);
        return chunk;
    }

    private @Nullable Locator find(ChunkId id) {
        Locator there = fresh.get(id);
        if (there == null) {
            there = known.get(id);
            if (there != null) {
                reused.add(there.pack());
            }
        }
        return there;
    }

    synchronized void add(Manifest.DiskMap disk) {
        disks.add(disk);
    }

    public BackupFigures figures() {
        return new BackupFigures(readBytes.sum(), storedBytes.sum(), newChunks.sum(), reusedChunks.sum());
    }

    /**
     * Makes the backup, after a look at whether all that it needs can be read. All disks must be closed.
     *
     * @throws YadoException when it could not be made: then there is none. {@link ErrorCode#BACKUP_FAILED} when something that was there
     *     at its begin has gone, or the repository gives back other bytes than it was given
     */
    public synchronized Manifest finish(BackupPoint point) {
        if (over) {
            throw new IllegalStateException("backup " + head.id() + " is over");
        }
        data.flush();
        maps.flush();
        List<PackTable> packs = new ArrayList<>(data.finish());
        packs.addAll(maps.finish());
        if (!packs.isEmpty()) {
            ByteBuffer index = IndexObject.write(packs);
            store.put(IndexObject.object(index), index);
        }
        check(packs);
        Instant retainUntil =
                settings.retentionDays() == 0 ? null : point.takenAt().plus(settings.retention());
        Manifest manifest = new Manifest(
                head.id(),
                head.vm(),
                head.tenant(),
                point.takenAt(),
                point.consistency(),
                retainUntil,
                key == null ? null : key.name(),
                disks,
                figures(),
                point.spec());
        lease.need(LAST_WRITES);
        publish(manifest);
        abandon();
        return manifest;
    }

    private void publish(Manifest manifest) {
        String name = ManifestFile.object(head.id());
        boolean made;
        try {
            made = store.put(name, ManifestFile.write(manifest, key));
            lease.need(Duration.ZERO);
        } catch (YadoException e) {
            // Perhaps it is there nevertheless; or it took longer than the lease, and a collector did not see it.
            store.delete(name);
            throw e;
        }
        if (!made) {
            throw Repository.taken(head.id());
        }
        try {
            checkPrevious(manifest);
        } catch (YadoException e) {
            store.delete(name);
            throw e;
        }
    }

    /**
     * What is taken from a previous backup is kept by it until this one is there. When it is not there any more, a collector may have
     * looked in between: then all is looked at. After this one was made, so that none that begins later overlooks it.
     */
    private void checkPrevious(Manifest manifest) {
        if (previousBackups.stream()
                .allMatch(each -> store.look(ManifestFile.object(each)).isPresent())) {
            return;
        }
        Set<PackId> packs = new HashSet<>();
        try (ChunkReader reader = new ChunkReader(store, index, settings.chunkBytes(), null)) {
            new MapWalk(reader).walk(manifest, new MapWalk.Visitor() {
                @Override
                public void node(Locator where) {
                    packs.add(where.pack());
                }

                @Override
                public void chunk(Locator where) {
                    packs.add(where.pack());
                }

                @Override
                public void damaged(ChunkDamage node) {
                    throw lost(node.chunk().pack(), "is gone or damaged");
                }
            });
        }
        packs.stream().filter(Marks.condemned(store)::containsKey).forEach(each -> {
            throw lost(each, "was about to be collected as garbage");
        });
        store.list(PackId.FOLDER, each -> PackId.ofObject(each.name()).ifPresent(packs::remove));
        packs.forEach(each -> {
            throw lost(each, "is gone");
        });
    }

    private YadoException lost(PackId pack, String why) {
        return new YadoException(
                ErrorCode.BACKUP_FAILED,
                "A previous backup was deleted while this one was written, and pack " + pack + " of the repository in "
                        + store.where() + " " + why + ". The next backup stores its content anew.");
    }

    private void check(List<PackTable> written) {
        Map<PackId, Long> needed = new HashMap<>();
        for (PackTable each : written) {
            needed.put(each.pack(), each.bytes());
        }
        for (PackId each : reused) {
            known.packBytes(each).ifPresent(bytes -> needed.put(each, bytes));
        }
        Map<PackId, Long> there = new HashMap<>();
        if (needed.size() > LOOK_AT_EACH) {
            Map<String, PackId> names = new HashMap<>();
            needed.keySet().forEach(each -> names.put(each.object(), each));
            store.list(PackId.FOLDER, each -> {
                PackId pack = names.get(each.name());
                if (pack != null) {
                    there.put(pack, each.bytes());
                }
            });
        } else {
            needed.keySet().forEach(each -> store.look(each.object()).ifPresent(seen -> there.put(each, seen.bytes())));
        }
        needed.forEach((pack, bytes) -> {
            if (!bytes.equals(there.get(pack))) {
                Marks.note(store, pack, there.containsKey(pack) ? "has another size" : "is gone");
                throw new YadoException(
                        ErrorCode.BACKUP_FAILED,
                        "Pack " + pack + " of the repository in " + store.where()
                                + (there.containsKey(pack)
                                        ? " has another size than when it was written."
                                        : " is gone.")
                                + " The next backup stores its content anew.");
            }
        });
    }

    /** There will be no such backup, unless it is finished already. Can be called at any time, more than once. */
    public synchronized void abandon() {
        if (!over) {
            over = true;
            data.close();
            maps.close();
            lease.close();
        }
    }

    /** {@link #abandon}s it unless it is finished. */
    @Override
    public void close() {
        abandon();
    }
}
