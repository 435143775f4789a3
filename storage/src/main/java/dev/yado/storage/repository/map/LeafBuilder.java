package dev.yado.storage.repository.map;

import dev.yado.storage.repository.chunk.Locator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A leaf that is being filled, from its first block to its last. */
public final class LeafBuilder {
    private final List<Locator> chunks = new ArrayList<>();
    private final Map<Locator, Integer> ordinals = new HashMap<>();
    private final char[] chunkOf;
    private final byte[] partOf;
    private int next;

    public LeafBuilder(int blocks) {
        chunkOf = new char[blocks];
        partOf = new byte[blocks];
    }

    public void zero() {
        next++;
    }

    public void add(Locator chunk, int part) {
        Integer ordinal = ordinals.get(chunk);
        if (ordinal == null) {
            chunks.add(chunk);
            ordinal = chunks.size();
            ordinals.put(chunk, ordinal);
        }
        chunkOf[next] = (char) ordinal.intValue();
        partOf[next] = (byte) part;
        next++;
    }

    /** Empty when it has only zeroes. */
    public Optional<Leaf> finish() {
        if (next != chunkOf.length) {
            throw new IllegalStateException(next + " of " + chunkOf.length + " blocks are known");
        }
        return chunks.isEmpty()
                ? Optional.empty()
                : Optional.of(new Leaf(List.copyOf(chunks), Arrays.copyOf(chunkOf, next), Arrays.copyOf(partOf, next)));
    }
}
