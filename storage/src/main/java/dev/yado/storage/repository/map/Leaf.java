package dev.yado.storage.repository.map;

import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.LocatorList;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where up to {@link #BLOCKS} blocks that follow each other are. A block is in a chunk, or it has only zeroes.
 *
 * @param chunks each once
 * @param chunkOf of each block: its chunk's place in the list and 1, or 0 when it has only zeroes
 * @param partOf of each block: which block of its chunk it is
 */
public record Leaf(List<Locator> chunks, char[] chunkOf, byte[] partOf) {
    /** What can change alone. */
    public static final int BLOCK_BYTES = 64 << 10;

    public static final int BLOCKS = 512;
    public static final long SPAN = (long) BLOCKS * BLOCK_BYTES;
    private static final int BEGIN = 0x594C4631;

    public int blocks() {
        return chunkOf.length;
    }

    /** Null for zeroes. */
    public @Nullable Locator chunk(int block) {
        return chunkOf[block] == 0 ? null : chunks.get(chunkOf[block] - 1);
    }

    public int part(int block) {
        return partOf[block];
    }

    public byte[] write() {
        ByteBuffer to = ByteBuffer.allocate(8 + LocatorList.bytes(chunks) + 3 * blocks());
        to.putInt(BEGIN).putInt(blocks());
        LocatorList.write(chunks, to);
        for (char each : chunkOf) {
            to.putChar(each);
        }
        to.put(partOf);
        return to.array();
    }

    /** @throws IllegalArgumentException when these bytes are no leaf; the message is a part of a sentence */
    public static Leaf read(byte[] content) {
        ByteBuffer from = ByteBuffer.wrap(content);
        if (content.length < 8 || from.getInt() != BEGIN) {
            throw new IllegalArgumentException("is not a leaf of a map");
        }
        int blocks = from.getInt();
        List<Locator> chunks = LocatorList.read(from);
        if (blocks < 1 || blocks > BLOCKS || from.remaining() != 3 * blocks) {
            throw new IllegalArgumentException("is not a leaf of a map");
        }
        char[] chunkOf = new char[blocks];
        for (int each = 0; each < blocks; each++) {
            chunkOf[each] = from.getChar();
        }
        byte[] partOf = new byte[blocks];
        from.get(partOf);
        for (int each = 0; each < blocks; each++) {
            if (chunkOf[each] > chunks.size() || partOf[each] < 0) {
                throw new IllegalArgumentException("names a chunk that it does not have");
            }
            if (chunkOf[each] > 0
                    && (partOf[each] + 1L) * BLOCK_BYTES
                            > chunks.get(chunkOf[each] - 1).plain()) {
                throw new IllegalArgumentException("names a block that its chunk does not have");
            }
        }
        return new Leaf(chunks, chunkOf, partOf);
    }
}
