package dev.yado.storage.repository.chunk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Locators as the nodes of maps have them: their packs once each, in the order in which they come first. */
public final class LocatorList {
    private static final int PACK_BYTES = 16;
    private static final int ENTRY_BYTES = PackTable.ENTRY_BYTES + 4;

    private LocatorList() {}

    public static int bytes(List<Locator> locators) {
        long packs = locators.stream().map(Locator::pack).distinct().count();
        return Math.toIntExact(8 + packs * PACK_BYTES + (long) locators.size() * ENTRY_BYTES);
    }

    public static void write(List<Locator> locators, ByteBuffer to) {
        Map<PackId, Integer> ordinals = new HashMap<>();
        List<PackId> packs = new ArrayList<>();
        for (Locator each : locators) {
            if (ordinals.putIfAbsent(each.pack(), packs.size()) == null) {
                packs.add(each.pack());
            }
        }
        to.putInt(packs.size()).putInt(locators.size());
        for (PackId each : packs) {
            to.putLong(each.high()).putLong(each.low());
        }
        for (Locator each : locators) {
            PackTable.writeEntry(each, to);
            to.putInt(ordinals.getOrDefault(each.pack(), 0));
        }
    }

    /** @throws IllegalArgumentException when there is no such list */
    public static List<Locator> read(ByteBuffer from) {
        if (from.remaining() < 8) {
            throw new IllegalArgumentException("is cut off");
        }
        int packCount = from.getInt();
        int count = from.getInt();
        if (packCount < 0
                || count < 0
                || from.remaining() < (long) packCount * PACK_BYTES + (long) count * ENTRY_BYTES) {
            throw new IllegalArgumentException("is cut off");
        }
        PackId[] packs = new PackId[packCount];
        for (int each = 0; each < packCount; each++) {
            packs[each] = new PackId(from.getLong(), from.getLong());
        }
        List<Locator> locators = new ArrayList<>(count);
        for (int each = 0; each < count; each++) {
            ChunkId id = ChunkId.read(from);
            int offset = from.getInt();
            int stored = from.getInt();
            int plain = from.getInt();
            int pack = from.getInt();
            if (pack < 0 || pack >= packCount) {
                throw new IllegalArgumentException("names a pack that it does not have");
            }
            locators.add(new Locator(id, packs[pack], offset, stored, plain));
        }
        return locators;
    }
}
