package dev.yado.storage.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The partitions of a disk of sectors of 512 bytes. */
public final class PartitionTable {
    private static final int SECTOR = 512;
    private static final int ENTRIES = 446;
    private static final int ENTRY_BYTES = 16;
    private static final int MOST_LOGICAL = 60;
    private static final int MOST_OF_GPT = 256;
    private static final byte PROTECTIVE = (byte) 0xEE;
    private static final Set<Byte> EXTENDED = Set.of((byte) 0x05, (byte) 0x0F, (byte) 0x85);

    private final Disk disk;
    private final long sectors;
    private final List<Partition> found = new ArrayList<>();

    private PartitionTable(Disk disk) {
        this.disk = disk;
        this.sectors = disk.sizeBytes() / SECTOR;
    }

    /** What is read. */
    public interface Disk {
        long sizeBytes();

        /** Fills the buffer; the range lies within the disk. */
        void read(long offset, ByteBuffer to) throws IOException;
    }

    /** In the order of their numbers. Empty where there is no table: then the disk may be one file system. */
    public static List<Partition> read(Disk disk) throws IOException {
        PartitionTable table = new PartitionTable(disk);
        if (!table.readMbr()) {
            return List.of();
        }
        return List.copyOf(table.found);
    }

    /** @param first sector @param count of sectors @param status 0 or 0x80, else this is no table */
    private record Entry(byte status, byte type, long first, long count) {
        boolean isNothing() {
            return type == 0 || count == 0;
        }
    }

    /** A boot sector of a file system has the same signature, and code where the entries would be. */
    private boolean readMbr() throws IOException {
        if (sectors < 1) {
            return false;
        }
        List<Entry> entries = entries(0);
        for (Entry entry : entries) {
            if ((entry.status() & 0x7F) != 0) {
                return false;
            }
        }
        int number = 0;
        for (Entry entry : entries) {
            number++;
            if (entry.type() == PROTECTIVE && readGpt()) {
                return true;
            }
            if (!entry.isNothing()) {
                if (EXTENDED.contains(entry.type())) {
                    readLogical(entry.first());
                } else {
                    add(number, entry.first(), entry.count());
                }
            }
        }
        found.sort((one, other) -> Integer.compare(one.number(), other.number()));
        return !found.isEmpty();
    }

    /** A chain of tables; one that leads back ends it. */
    private void readLogical(long extended) throws IOException {
        Set<Long> seen = new HashSet<>();
        long at = extended;
        int number = 5;
        while (at > 0 && at < sectors && seen.add(at) && seen.size() <= MOST_LOGICAL) {
            List<Entry> entries = entries(at);
            if (entries.isEmpty()) {
                return;
            }
            Entry own = entries.getFirst();
            if (!own.isNothing()) {
                add(number++, at + own.first(), own.count());
            }
            Entry next = entries.get(1);
            at = next.isNothing() ? 0 : extended + next.first();
        }
    }

    private List<Entry> entries(long sector) throws IOException {
        ByteBuffer table = sector(sector);
        if (table.getShort(SECTOR - 2) != (short) 0xAA55) {
            return List.of();
        }
        List<Entry> entries = new ArrayList<>();
        for (int at = ENTRIES; at < ENTRIES + 4 * ENTRY_BYTES; at += ENTRY_BYTES) {
            entries.add(new Entry(
                    table.get(at),
                    table.get(at + 4),
                    Integer.toUnsignedLong(table.getInt(at + 8)),
                    Integer.toUnsignedLong(table.getInt(at + 12))));
        }
        return entries;
    }

    private boolean readGpt() throws IOException {
        if (sectors < 3) {
            return false;
        }
        ByteBuffer header = sector(1);
        byte[] signature = new byte[8];
        header.get(0, signature);
        long table = header.getLong(72);
        int count = header.getInt(80);
        int bytes = header.getInt(84);
        if (!new String(signature, StandardCharsets.ISO_8859_1).equals("EFI PART")
                || bytes < 128
                || bytes > SECTOR * 8
                || count < 0
                || table < 2
                || table >= sectors) {
            return false;
        }
        for (int number = 1; number <= Math.min(count, MOST_OF_GPT); number++) {
            long at = table * SECTOR + (long) (number - 1) * bytes;
            if (at + 48 > sectors * SECTOR) {
                break;
            }
            ByteBuffer entry = bytes(at, 48);
            long first = entry.getLong(32);
            long last = entry.getLong(40);
            boolean used = entry.getLong(0) != 0 || entry.getLong(8) != 0;
            if (used && first > 0 && last >= first && last < sectors) {
                add(number, first, last - first + 1);
            }
        }
        return !found.isEmpty();
    }

    private void add(int number, long first, long count) {
        if (first > 0 && first < sectors && count > 0) {
            found.add(new Partition(number, first * SECTOR, Math.min(count, sectors - first) * SECTOR));
        }
    }

    private ByteBuffer sector(long number) throws IOException {
        return bytes(number * SECTOR, SECTOR);
    }

    private ByteBuffer bytes(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        disk.read(offset, bytes);
        return bytes;
    }
}
