package dev.yado.storage.repository.map;

import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.chunk.LocatorList;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where up to {@link #LEAVES} leaves that follow each other are.
 *
 * @param leaves null: all of it has only zeroes
 */
public record Branch(List<@Nullable Locator> leaves) {
    public static final int LEAVES = 512;
    public static final long SPAN = LEAVES * Leaf.SPAN;
    private static final int BEGIN = 0x59425231;

    public boolean isZero() {
        return leaves.stream().allMatch(Objects::isNull);
    }

    public byte[] write() {
        List<Locator> there = new ArrayList<>();
        for (Locator each : leaves) {
            if (each != null) {
                there.add(each);
            }
        }
        ByteBuffer to = ByteBuffer.allocate(8 + leaves.size() + LocatorList.bytes(there));
        to.putInt(BEGIN).putInt(leaves.size());
        for (Locator each : leaves) {
            to.put((byte) (each == null ? 0 : 1));
        }
        LocatorList.write(there, to);
        return to.array();
    }

    /** @throws IllegalArgumentException when these bytes are no branch; the message is a part of a sentence */
    public static Branch read(byte[] content) {
        ByteBuffer from = ByteBuffer.wrap(content);
        if (content.length < 8 || from.getInt() != BEGIN) {
            throw new IllegalArgumentException("is not a branch of a map");
        }
        int count = from.getInt();
        if (count < 1 || count > LEAVES || from.remaining() < count) {
            throw new IllegalArgumentException("is not a branch of a map");
        }
        byte[] which = new byte[count];
        from.get(which);
        List<Locator> there = LocatorList.read(from);
        List<@Nullable Locator> leaves = new ArrayList<>(count);
        int next = 0;
        for (byte each : which) {
            if (each != 0 && next == there.size()) {
                throw new IllegalArgumentException("names a leaf that it does not have");
            }
            leaves.add(each == 0 ? null : there.get(next++));
        }
        return new Branch(leaves);
    }
}
