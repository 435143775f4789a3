package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.ChunkKey;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.PackId;
import dev.yado.storage.repository.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Reads packs whole, one after the other on each processor, and checks the chunks in them that backups need. For one use. */
final class Verifier {
    private static final Comparator<Locator> BY_PLACE = Comparator.comparingInt(Locator::offset);

    private final ObjectStore store;
    private final Repository repository;
    private final ChunkIndex index;
    private final int chunkBytes;
    private final Map<PackId, Needed> packs = new LinkedHashMap<>();
    private final List<Manifest> manifests = new ArrayList<>();
    private final List<VerifyReport.Damage> damages = new ArrayList<>();
    private final Map<Locator, ChunkDamage> damaged = new ConcurrentHashMap<>();
    private final LongAdder chunks = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    Verifier(ObjectStore store, Repository repository, ChunkIndex index, int chunkBytes) {
        this.store = store;
        this.repository = repository;
        this.index = index;
        this.chunkBytes = chunkBytes;
    }

    /** What must be in a pack. Only one tenant's data is in one. */
    private record Needed(@Nullable ChunkKey key, Set<Locator> chunks) {}

    VerifyReport run(Collection<BackupId> backups) {
        gather(backups);
        check();
        name();
        return new VerifyReport(backups.size(), chunks.sum(), bytes.sum(), damages);
    }

    private void gather(Collection<BackupId> backups) {
        try (ChunkReader reader = repository.reader(null)) {
            MapWalk walk = new MapWalk(reader);
            for (BackupId each : backups) {
                try {
                    Manifest manifest = repository.manifest(each);
                    ChunkKey key = repository.key(manifest);
                    manifests.add(manifest);
                    walk.walk(manifest, new Gathering(key));
                } catch (YadoException e) {
                    unreadable(each, e, backups.size() == 1);
                }
            }
        }
    }

    private void unreadable(BackupId backup, YadoException problem, boolean only) {
        switch (problem.code()) {
            case BACKUP_DAMAGED, BACKUP_KEY_REFUSED ->
                damages.add(new VerifyReport.Damage(String.valueOf(problem.getMessage()), List.of(backup)));
            case NOT_FOUND -> {
                // Of several, it has been deleted since they were listed.
                if (only) {
                    throw problem;
                }
            }
            default -> throw problem;
        }
    }

    private final class Gathering implements MapWalk.Visitor {
        private final @Nullable ChunkKey key;

        Gathering(@Nullable ChunkKey key) {
            this.key = key;
        }

        @Override
        public void node(Locator where) {
            chunks.increment();
        }

        @Override
        public void chunk(Locator where) {
            packs.computeIfAbsent(where.pack(), pack -> new Needed(key, new TreeSet<>(BY_PLACE)))
                    .chunks()
                    .add(where);
        }

        @Override
        public void damaged(ChunkDamage node) {
            chunks.decrement();
            damaged.put(node.chunk(), node);
        }
    }

    private void check() {
        int threads = Runtime.getRuntime().availableProcessors();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> checks = new ArrayList<>();
            packs.forEach((pack, needed) -> checks.add(pool.submit(() -> check(pack, needed))));
            try {
                for (Future<?> each : checks) {
                    each.get();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new YadoException(ErrorCode.CANCELLED, "The verification was broken off.", e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof YadoException coded) {
                    throw new YadoException(coded.code(), String.valueOf(coded.getMessage()), coded);
                }
                throw new IllegalStateException("a pack could not be checked", e.getCause());
            } finally {
                pool.shutdownNow();
            }
        }
    }

    private void check(PackId pack, Needed needed) {
        Optional<ByteBuffer> content = store.get(pack.object());
        byte[] plain = new byte[chunkBytes];
        try (ChunkCodec codec = new ChunkCodec(1, chunkBytes, needed.key());
                ChunkReader reader = repository.reader(needed.key())) {
            for (Locator chunk : needed.chunks()) {
                try {
                    codec.decode(chunk, part(chunk, content), plain, 0);
                    count(chunk);
                } catch (ChunkDamage damage) {
                    noted(chunk, damage, reader);
                }
            }
        }
    }

    private static ByteBuffer part(Locator chunk, Optional<ByteBuffer> content) {
        ByteBuffer pack = content.orElseThrow(() -> ChunkDamage.gone(chunk));
        long end = (long) chunk.offset() + chunk.stored();
        if (chunk.offset() < 0 || chunk.stored() < 0 || end > pack.limit()) {
            throw new ChunkDamage(chunk, "is cut off");
        }
        return pack.duplicate().position(chunk.offset()).limit((int) end);
    }

    private void count(Locator chunk) {
        chunks.increment();
        bytes.add(chunk.plain());
    }

    private void noted(Locator chunk, ChunkDamage damage, ChunkReader reader) {
        Optional<Locator> other = index.elsewhere(chunk);
        if (!damage.gone() || other.isEmpty()) {
            Marks.note(store, damage);
        }
        try {
            if (other.isPresent()) {
                reader.data(other.get());
                count(chunk);
                return;
            }
        } catch (ChunkDamage again) {
            // That one is damaged too.
        }
        damaged.put(chunk, damage);
    }

    /** Says of each damage whom it concerns. */
    private void name() {
        if (damaged.isEmpty()) {
            return;
        }
        Map<Locator, List<BackupId>> concerned = new HashMap<>();
        try (ChunkReader reader = repository.reader(null)) {
            for (Manifest manifest : manifests) {
                Set<Locator> lost = new HashSet<>();
                new MapWalk(reader).walk(manifest, new MapWalk.Visitor() {
                    @Override
                    public void node(Locator where) {
                        chunk(where);
                    }

                    @Override
                    public void chunk(Locator where) {
                        if (damaged.containsKey(where)) {
                            lost.add(where);
                        }
                    }

                    @Override
                    public void damaged(ChunkDamage node) {
                        lost.add(node.chunk());
                        damaged.putIfAbsent(node.chunk(), node);
                    }
                });
                lost.forEach(each -> concerned
                        .computeIfAbsent(each, chunk -> new ArrayList<>())
                        .add(manifest.id()));
            }
        }
        concerned.forEach((chunk, backups) -> {
            ChunkDamage damage = damaged.get(chunk);
            damages.add(new VerifyReport.Damage(
                    damage == null ? "Chunk " + chunk.id() + " is damaged." : String.valueOf(damage.getMessage()),
                    backups));
        });
    }
}
