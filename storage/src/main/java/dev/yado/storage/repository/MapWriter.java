package dev.yado.storage.repository;

import dev.yado.protocol.DiskId;
import dev.yado.storage.repository.chunk.ChunkCodec;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.map.Branch;
import dev.yado.storage.repository.map.Leaf;
import dev.yado.storage.repository.map.LeafBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the map of a disk, block by block, and takes from that of the previous backup what is the same. */
final class MapWriter {
    private final BackupWriter backup;
    private final DiskId disk;
    private final long sizeBytes;
    private final BackupReader.@Nullable Disk previous;
    private final ChunkCodec codec = new ChunkCodec(Repository.LEVEL, ChunkReader.MAX_NODE_BYTES, null);
    private final List<@Nullable Locator> branches = new ArrayList<>();
    private final List<@Nullable Locator> leaves = new ArrayList<>();
    private @Nullable LeafBuilder leaf;
    private long blocks;

    MapWriter(BackupWriter backup, DiskId disk, long sizeBytes, BackupReader.@Nullable Disk previous) {
        this.backup = backup;
        this.disk = disk;
        this.sizeBytes = sizeBytes;
        this.previous = previous;
    }

    private static int blocksOf(long leafOffset, long sizeBytes) {
        return (int) Math.ceilDiv(Math.min(Leaf.SPAN, sizeBytes - leafOffset), Leaf.BLOCK_BYTES);
    }

    /**
     * Whole leaves, from the one that begins at the offset on, are zero or as they were.
     *
     * @return false when they must be told block by block
     */
    boolean span(long offset, long length, boolean zero) {
        BackupReader.Disk before = previous;
        if (!zero
                && (before == null
                        || Math.ceilDiv(offset + length, Leaf.BLOCK_BYTES) > before.sizeBytes() / Leaf.BLOCK_BYTES)) {
            return false;
        }
        for (long each = offset; each < offset + length; each += Leaf.SPAN) {
            if (!zero && before != null && blocksOf(each, sizeBytes) != blocksOf(each, before.sizeBytes())) {
                // The disk has shrunk: this leaf is shorter now.
                int count = blocksOf(each, sizeBytes);
                for (int block = 0; block < count; block++) {
                    unchanged(each + (long) block * Leaf.BLOCK_BYTES);
                }
            } else {
                blocks += blocksOf(each, sizeBytes);
                leaf(zero || before == null ? null : before.leafAt(each));
            }
        }
        return true;
    }

    void zero() {
        builder().zero();
        next();
    }

    void chunk(Locator chunk, int part) {
        builder().add(chunk, part);
        next();
    }

    void unchanged(long offset) {
        BackupReader.Disk before = previous;
        if (before == null || offset >= before.sizeBytes()) {
            zero();
            return;
        }
        Leaf there = before.leaf(offset);
        int block = (int) (offset % Leaf.SPAN / Leaf.BLOCK_BYTES);
        Locator chunk = there == null ? null : there.chunk(block);
        if (chunk == null || there == null) {
            zero();
        } else {
            chunk(backup.moved(chunk), there.part(block));
        }
    }

    private LeafBuilder builder() {
        LeafBuilder open = leaf;
        if (open == null) {
            open = new LeafBuilder(blocksOf(blocks * Leaf.BLOCK_BYTES, sizeBytes));
            leaf = open;
        }
        return open;
    }

    private void next() {
        blocks++;
        if (blocks % Leaf.BLOCKS == 0 || blocks == Math.ceilDiv(sizeBytes, Leaf.BLOCK_BYTES)) {
            Optional<Leaf> whole = builder().finish();
            leaf = null;
            leaf(whole.map(each -> backup.storeNode(each.write(), codec)).orElse(null));
        }
    }

    private void leaf(@Nullable Locator stored) {
        leaves.add(stored);
        if (leaves.size() == Branch.LEAVES) {
            branch();
        }
    }

    private void branch() {
        Branch branch = new Branch(new ArrayList<>(leaves));
        branches.add(branch.isZero() ? null : backup.storeNode(branch.write(), codec));
        leaves.clear();
    }

    Manifest.DiskMap finish() {
        if (!leaves.isEmpty()) {
            branch();
        }
        codec.close();
        return new Manifest.DiskMap(disk, sizeBytes, branches);
    }

    void abandon() {
        codec.close();
    }
}
