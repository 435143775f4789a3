package dev.yado.storage.repository;

import java.util.Arrays;

/** Which chunks of a pack are needed, by their offsets: eight bytes of memory each, since there are millions. */
final class OffsetSet {
    private static final int FREE = -1;
    private int[] offsets = newTable(16);
    private int count;
    private long storedBytes;

    private static int[] newTable(int size) {
        int[] table = new int[size];
        Arrays.fill(table, FREE);
        return table;
    }

    void add(int offset, int stored) {
        if (put(offsets, offset)) {
            count++;
            storedBytes += stored;
            if (count * 2 > offsets.length) {
                int[] more = newTable(offsets.length * 2);
                for (int each : offsets) {
                    if (each != FREE) {
                        put(more, each);
                    }
                }
                offsets = more;
            }
        }
    }

    private static boolean put(int[] table, int offset) {
        int mask = table.length - 1;
        int slot = offset * 0x9E3779B9 >>> 7 & mask;
        while (table[slot] != FREE) {
            if (table[slot] == offset) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        table[slot] = offset;
        return true;
    }

    /** Of all chunks in it. */
    long storedBytes() {
        return storedBytes;
    }
}
