package dev.yado.storage.repository;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.map.Branch;
import dev.yado.storage.repository.map.Leaf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A backup that is open for reading: opening reads its manifest and nothing else. For many threads at once. It may be deleted
 * meanwhile: what is read then, after the garbage was collected, is answered with {@link ErrorCode#BACKUP_DAMAGED}.
 */
public final class BackupReader implements AutoCloseable {
    private static final int CHUNKS_KEPT = 64;
    private static final int LEAVES_KEPT = 256;
    private static final int BRANCHES_KEPT = 32;

    private final UUID repository;
    private final Manifest manifest;
    private final ChunkReader reader;
    private final RecentlyUsed<Locator, byte[]> chunks = new RecentlyUsed<>(CHUNKS_KEPT);
    private final RecentlyUsed<Locator, Leaf> leaves = new RecentlyUsed<>(LEAVES_KEPT);
    private final RecentlyUsed<Locator, Branch> branches = new RecentlyUsed<>(BRANCHES_KEPT);

    BackupReader(UUID repository, Manifest manifest, ChunkReader reader) {
        this.repository = repository;
        this.manifest = manifest;
        this.reader = reader;
    }

    public Manifest manifest() {
        return manifest;
    }

    /** @throws YadoException {@link ErrorCode#NOT_FOUND} */
    public Disk disk(DiskId id) {
        return new Disk(manifest.disk(id)
                .orElseThrow(() -> new YadoException(
                        ErrorCode.NOT_FOUND, "Backup " + manifest.id() + " has no disk " + id + ".")));
    }

    @Override
    public void close() {
        reader.close();
    }

    private static <T> T cached(RecentlyUsed<Locator, T> cache, Locator where, Supplier<T> fetch) {
        T there = cache.get(where);
        if (there == null) {
            there = fetch.get();
            cache.put(where, there);
        }
        return there;
    }

    /** One disk of it. Its methods throw {@link ErrorCode#BACKUP_DAMAGED} rather than give a byte that is not the right one. */
    public final class Disk {
        private final Manifest.DiskMap map;

        private Disk(Manifest.DiskMap map) {
            this.map = map;
        }

        public DiskId id() {
            return map.id();
        }

        UUID repository() {
            return repository;
        }

        Manifest backup() {
            return manifest;
        }

        public long sizeBytes() {
            return map.sizeBytes();
        }

        /**
         * Fills the buffer, or as much of it as the disk has from the offset on.
         *
         * @return the number of bytes, or -1 at the disk's end
         */
        public int read(long offset, ByteBuffer to) {
            if (offset < 0) {
                throw new IllegalArgumentException("no such place: " + offset);
            }
            if (offset >= sizeBytes()) {
                return -1;
            }
            int length = (int) Math.min(to.remaining(), sizeBytes() - offset);
            int done = 0;
            while (done < length) {
                long at = offset + done;
                int inBlock = (int) (at % Leaf.BLOCK_BYTES);
                int count = Math.min(length - done, Leaf.BLOCK_BYTES - inBlock);
                readBlock(at - inBlock, inBlock, count, to);
                done += count;
            }
            return length;
        }

        private void readBlock(long begin, int inBlock, int count, ByteBuffer to) {
            Leaf leaf = leaf(begin);
            int block = blockInLeaf(begin);
            Locator chunk = leaf == null ? null : leaf.chunk(block);
            if (chunk == null || leaf == null) {
                to.put(new byte[count]);
            } else {
                to.put(chunk(chunk, begin), leaf.part(block) * Leaf.BLOCK_BYTES + inBlock, count);
            }
        }

        private byte[] chunk(Locator where, long offset) {
            return named(offset, () -> cached(chunks, where, () -> reader.data(where)));
        }

        private <T> T named(long offset, Supplier<T> what) {
            try {
                return what.get();
            } catch (ChunkDamage damage) {
                throw new YadoException(
                        ErrorCode.BACKUP_DAMAGED,
                        "Backup " + manifest.id() + " cannot be read whole: " + damage.getMessage()
                                + " It has what lies on disk " + id() + " from byte " + offset + " on.",
                        damage);
            }
        }

        private static int blockInLeaf(long offset) {
            return (int) (offset % Leaf.SPAN / Leaf.BLOCK_BYTES);
        }

        /** Null where there are only zeroes. */
        @Nullable
        Leaf leaf(long offset) {
            Locator where = leafAt(offset);
            return where == null ? null : named(offset, () -> cached(leaves, where, () -> reader.leaf(where)));
        }

        @Nullable
        Locator leafAt(long offset) {
            int number = (int) (offset / Branch.SPAN);
            Locator where = number < map.branches().size() ? map.branches().get(number) : null;
            if (where == null) {
                return null;
            }
            Branch branch = named(offset, () -> cached(branches, where, () -> reader.branch(where)));
            int leaf = (int) (offset % Branch.SPAN / Leaf.SPAN);
            return leaf < branch.leaves().size() ? branch.leaves().get(leaf) : null;
        }

        /** What lies there, in order and without gaps; neighbours differ. */
        public List<Extent> extents(long offset, long length) {
            if (offset < 0 || length < 0 || offset + length > sizeBytes()) {
                throw new IllegalArgumentException("no such place: " + offset + ", " + length + " bytes");
            }
            List<Extent> extents = new ArrayList<>();
            long end = offset + length;
            long at = offset;
            while (at < end) {
                Leaf leaf = leaf(at);
                long next = leaf == null
                        ? (at / Leaf.SPAN + 1) * Leaf.SPAN
                        : (at / Leaf.BLOCK_BYTES + 1) * Leaf.BLOCK_BYTES;
                next = Math.min(next, end);
                add(extents, new Extent(at, next - at, leaf != null && leaf.chunk(blockInLeaf(at)) != null));
                at = next;
            }
            return extents;
        }

        /** All of it. */
        public List<Extent> extents() {
            return extents(0, sizeBytes());
        }

        private static void add(List<Extent> extents, Extent next) {
            Extent last = extents.isEmpty() ? null : extents.getLast();
            if (last != null && last.data() == next.data()) {
                extents.set(extents.size() - 1, new Extent(last.offset(), last.length() + next.length(), next.data()));
            } else {
                extents.add(next);
            }
        }

        /** The name of the chunk that has just these blocks, if there is one. */
        @Nullable
        ChunkId wholeChunk(long offset, int blocks) {
            Locator first = null;
            for (int each = 0; each < blocks; each++) {
                long at = offset + (long) each * Leaf.BLOCK_BYTES;
                Leaf leaf = at < sizeBytes() ? leaf(at) : null;
                Locator chunk = leaf == null ? null : leaf.chunk(blockInLeaf(at));
                if (chunk == null || leaf == null || leaf.part(blockInLeaf(at)) != each) {
                    return null;
                }
                first = first == null ? chunk : first;
                if (!chunk.equals(first)) {
                    return null;
                }
            }
            return first == null || first.plain() != blocks * Leaf.BLOCK_BYTES ? null : first.id();
        }

        /**
         * A whole block; what is beyond the disk's end is zero.
         *
         * @return false when it is damaged
         */
        boolean block(long offset, byte[] to) {
            Arrays.fill(to, (byte) 0);
            if (offset >= sizeBytes()) {
                return true;
            }
            try {
                readBlock(offset, 0, Leaf.BLOCK_BYTES, ByteBuffer.wrap(to));
                return true;
            } catch (YadoException e) {
                if (e.code() == ErrorCode.BACKUP_DAMAGED) {
                    return false;
                }
                throw e;
            }
        }

        /** What cannot be taken from here, in order. */
        List<Extent> damaged(Marks.Damaged known) {
            if (known.isEmpty()) {
                return List.of();
            }
            List<Extent> parts = new ArrayList<>();
            for (long at = 0; at < sizeBytes(); at += Leaf.SPAN) {
                damagedInLeaf(at, known, parts);
            }
            return parts.stream().filter(Extent::data).toList();
        }

        private void damagedInLeaf(long begin, Marks.Damaged known, List<Extent> parts) {
            long end = Math.min(begin + Leaf.SPAN, sizeBytes());
            Locator where;
            Leaf leaf;
            try {
                where = leafAt(begin);
                leaf = leaf(begin);
            } catch (YadoException e) {
                if (e.code() != ErrorCode.BACKUP_DAMAGED) {
                    throw e;
                }
                add(parts, new Extent(begin, end - begin, true));
                return;
            }
            boolean whole = where != null && known.has(where);
            for (long at = begin; at < end; at += Leaf.BLOCK_BYTES) {
                Locator chunk = leaf == null ? null : leaf.chunk(blockInLeaf(at));
                boolean lost = whole || chunk != null && known.has(chunk);
                add(parts, new Extent(at, Math.min(Leaf.BLOCK_BYTES, end - at), lost));
            }
        }
    }
}
