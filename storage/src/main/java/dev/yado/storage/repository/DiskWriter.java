package dev.yado.storage.repository;

import dev.yado.protocol.DiskId;
import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.ChunkId;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.map.Leaf;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes one disk from its first byte to its last: each call begins where the one before ended. For one thread at a time. What is
 * written need not end where blocks end, but is faster when it does ({@link Leaf#BLOCK_BYTES}, better whole chunks).
 */
public final class DiskWriter implements AutoCloseable {
    private static final int BLOCK = Leaf.BLOCK_BYTES;
    private static final ByteBuffer ZEROES = ByteBuffer.allocate(BLOCK).asReadOnlyBuffer();

    private enum Kind {
        CHANGED,
        COMPARED,
        UNCHANGED,
        ZERO
    }

    private final BackupWriter backup;
    private final long sizeBytes;
    private final BackupReader.@Nullable Disk previous;
    private final ChunkCodec codec;
    private final MapWriter map;
    private final List<Extent> damaged;
    /** The blocks of one chunk at most, and what is known of each. */
    private final byte[] group;

    private final Kind[] kinds;
    private long position;
    private boolean closed;

    DiskWriter(BackupWriter backup, DiskId id, long sizeBytes, Optional<BackupReader.Disk> previous) {
        if (sizeBytes < 1) {
            throw new IllegalArgumentException("a disk has at least one byte, not " + sizeBytes);
        }
        this.backup = backup;
        this.sizeBytes = sizeBytes;
        this.previous = previous.orElse(null);
        group = new byte[backup.chunkBytes()];
        kinds = new Kind[group.length / BLOCK];
        Arrays.fill(kinds, Kind.ZERO);
        damaged = previous.map(disk -> disk.damaged(backup.damaged())).orElse(List.of());
        codec = backup.codec();
        map = new MapWriter(backup, id, sizeBytes, this.previous);
    }

    /**
     * What cannot be taken from the previous backup, since it is known to be damaged there: it must be written or compared although it
     * has not changed. Most often nothing.
     */
    public List<Extent> damaged() {
        return damaged;
    }

    /** What lies here now and has, or may have, changed since the previous backup. */
    public void write(long offset, ByteBuffer content) {
        take(Kind.CHANGED, offset, content.remaining(), content);
    }

    /** What lies here now, of which it is not known whether it has changed. Only blocks that are not as in the previous backup are stored. */
    public void compare(long offset, ByteBuffer content) {
        take(previous == null ? Kind.CHANGED : Kind.COMPARED, offset, content.remaining(), content);
    }

    public void zero(long offset, long length) {
        take(Kind.ZERO, offset, length, null);
    }

    /** Is as it was in the previous backup; beyond its end there were zeroes. */
    public void unchanged(long offset, long length) {
        if (previous == null) {
            throw new IllegalStateException("there is no previous backup in which it could be unchanged");
        }
        for (Extent each : damaged) {
            if (each.offset() < offset + length && offset < each.offset() + each.length()) {
                throw new IllegalStateException(
                        "from " + each.offset() + " on the previous backup is damaged: write it");
            }
        }
        take(Kind.UNCHANGED, offset, length, null);
    }

    private void take(Kind kind, long offset, long length, @Nullable ByteBuffer content) {
        if (closed || offset != position || length < 0 || length > sizeBytes - offset) {
            throw new IllegalArgumentException("bytes from " + offset + " on, " + length + " of them, do not follow "
                    + position + " of " + sizeBytes + " on a disk that is " + (closed ? "closed" : "open"));
        }
        if (content != null) {
            backup.read(length);
        }
        long end = offset + length;
        while (position < end) {
            if (content == null && position % Leaf.SPAN == 0) {
                long whole = end == sizeBytes ? end - position : (end - position) / Leaf.SPAN * Leaf.SPAN;
                if (whole > 0 && map.span(position, whole, kind == Kind.ZERO)) {
                    position += whole;
                    continue;
                }
            }
            int inBlock = (int) (position % BLOCK);
            int blockBytes = (int) Math.min(BLOCK, sizeBytes - (position - inBlock));
            int taken = (int) Math.min(end - position, blockBytes - inBlock);
            put(kind, inBlock, blockBytes, taken, content);
            position += taken;
            if (position == sizeBytes || position % group.length == 0) {
                flush();
            }
        }
    }

    /** A part of one block, all of it most often. */
    private void put(Kind kind, int inBlock, int blockBytes, int length, @Nullable ByteBuffer content) {
        int at = (int) (position % group.length);
        int block = at / BLOCK;
        boolean whole = length == blockBytes;
        if (content != null) {
            content.get(group, at, length);
            if (inBlock + length == blockBytes) {
                Arrays.fill(group, at + length, (block + 1) * BLOCK, (byte) 0);
            }
        } else if (!whole) {
            Arrays.fill(group, at, at + length, (byte) 0);
            if (kind == Kind.UNCHANGED && previous != null) {
                previous.read(position, ByteBuffer.wrap(group, at, length));
            }
            if (inBlock + length == blockBytes) {
                Arrays.fill(group, at + length, (block + 1) * BLOCK, (byte) 0);
            }
        }
        if (whole) {
            kinds[block] = kind;
        } else {
            // Of several kinds: the content decides.
            kinds[block] = previous == null ? Kind.CHANGED : Kind.COMPARED;
        }
    }

    /** Stores what the group has and enters it into the map. */
    private void flush() {
        long begin = (position - 1) / group.length * group.length;
        int blocks = (int) Math.ceilDiv(position - begin, BLOCK);
        for (int block = 0; block < blocks; block++) {
            if ((kinds[block] == Kind.CHANGED || kinds[block] == Kind.COMPARED) && isZero(block)) {
                kinds[block] = Kind.ZERO;
            }
        }
        compare(begin, blocks);
        int block = 0;
        while (block < blocks) {
            switch (kinds[block]) {
                case ZERO -> {
                    map.zero();
                    block++;
                }
                case UNCHANGED -> {
                    map.unchanged(begin + (long) block * BLOCK);
                    block++;
                }
                case CHANGED, COMPARED -> block = store(block, blocks);
            }
        }
    }

    private boolean isZero(int block) {
        int at = block * BLOCK;
        // Most blocks that are not zero show it at once.
        return group[at] == 0
                && group[at + BLOCK - 1] == 0
                && ByteBuffer.wrap(group, at, BLOCK).mismatch(ZEROES.duplicate()) < 0;
    }

    /** Blocks that follow each other are one chunk. */
    private int store(int first, int blocks) {
        int end = first;
        while (end < blocks && (kinds[end] == Kind.CHANGED || kinds[end] == Kind.COMPARED)) {
            end++;
        }
        int at = first * BLOCK;
        int length = (end - first) * BLOCK;
        Locator chunk = backup.storeData(codec.name(group, at, length), group, at, length, codec);
        for (int block = first; block < end; block++) {
            map.chunk(chunk, block - first);
        }
        return end;
    }

    /** Makes UNCHANGED of what is COMPARED and equal. */
    private void compare(long begin, int blocks) {
        BackupReader.Disk before = previous;
        if (before == null || Arrays.stream(kinds, 0, blocks).noneMatch(each -> each == Kind.COMPARED)) {
            return;
        }
        if (Arrays.stream(kinds, 0, blocks).allMatch(each -> each == Kind.COMPARED)) {
            // A whole chunk that is the same has the same name: nothing need be read.
            ChunkId name = before.wholeChunk(begin, blocks);
            if (name != null && name.equals(codec.name(group, 0, blocks * BLOCK))) {
                Arrays.fill(kinds, 0, blocks, Kind.UNCHANGED);
                return;
            }
        }
        byte[] there = new byte[BLOCK];
        for (int block = 0; block < blocks; block++) {
            long offset = begin + (long) block * BLOCK;
            if (kinds[block] == Kind.COMPARED && before.block(offset, there)) {
                int at = block * BLOCK;
                if (Arrays.equals(group, at, at + BLOCK, there, 0, BLOCK)) {
                    kinds[block] = Kind.UNCHANGED;
                }
            }
        }
    }

    /**
     * The disk is whole.
     *
     * @throws IllegalStateException when its end has not been reached, unless the backup is abandoned then
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        codec.close();
        if (position == sizeBytes) {
            backup.add(map.finish());
        } else {
            map.abandon();
            backup.abandon();
        }
    }
}
