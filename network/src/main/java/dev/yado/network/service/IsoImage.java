package dev.yado.network.service;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/**
 * An ISO 9660 image of a few files in one directory (ECMA-119, level 1), with their real names in a second tree (Joliet), which
 * every reader of today takes. No dates: the same files give the same bytes.
 */
final class IsoImage {
    private static final int SECTOR = 2048;
    /** The first 16 sectors are the system's. */
    private static final int PRIMARY = 16;

    private static final int JOLIET = 17;
    private static final int END = 18;
    private static final int PRIMARY_PATHS = 19;
    private static final int JOLIET_PATHS = 21;
    private static final int PRIMARY_ROOT = 23;
    private static final int JOLIET_ROOT = 24;
    private static final int FIRST_FILE = 25;
    private static final int PATH_BYTES = 10;
    private static final int DIRECTORY_FLAG = 2;
    /** The escape sequence that says UCS-2 level 3. */
    private static final byte[] UCS2 = {'%', '/', 'E'};

    private record Entry(String name, byte[] content, int sector) {}

    private final ByteBuffer image;
    private final List<Entry> entries;

    private IsoImage(ByteBuffer image, List<Entry> entries) {
        this.image = image;
        this.entries = entries;
    }

    /** @param volume at most 16 characters; @param files so few that their names fit one sector */
    static byte[] of(String volume, SortedMap<String, byte[]> files) {
        List<Entry> entries = new ArrayList<>();
        int sector = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            entries.add(new Entry(file.getKey(), file.getValue(), sector));
            sector += (file.getValue().length + SECTOR - 1) / SECTOR;
        }
        ByteBuffer buffer = ByteBuffer.allocate(sector * SECTOR);
        IsoImage iso = new IsoImage(buffer, entries);
        iso.descriptor(PRIMARY, 1, ascii(volume), new byte[0], PRIMARY_PATHS, PRIMARY_ROOT);
        iso.descriptor(JOLIET, 2, ucs2(volume), UCS2, JOLIET_PATHS, JOLIET_ROOT);
        iso.at(END).put((byte) 255).put(ascii("CD001")).put((byte) 1);
        iso.paths(PRIMARY_PATHS, PRIMARY_ROOT);
        iso.paths(JOLIET_PATHS, JOLIET_ROOT);
        iso.directory(PRIMARY_ROOT, false);
        iso.directory(JOLIET_ROOT, true);
        entries.forEach(entry -> iso.at(entry.sector()).put(entry.content()));
        return buffer.array();
    }

    private ByteBuffer at(int sector) {
        return image.position(sector * SECTOR);
    }

    private void descriptor(int sector, int type, byte[] volume, byte[] escape, int paths, int root) {
        boolean joliet = type == 2;
        at(sector).put((byte) type).put(ascii("CD001")).put((byte) 1).put((byte) 0);
        text("", 32, joliet);
        put(volume, 32, joliet);
        image.put(new byte[8]);
        both32(image.capacity() / SECTOR);
        fill(escape, 32, (byte) 0);
        both16(1);
        both16(1);
        both16(SECTOR);
        both32(PATH_BYTES);
        image.order(ByteOrder.LITTLE_ENDIAN).putInt(paths).putInt(0);
        image.order(ByteOrder.BIG_ENDIAN).putInt(paths + 1).putInt(0);
        record(new byte[] {0}, root, SECTOR, DIRECTORY_FLAG);
        for (int length : new int[] {128, 128, 128, 128, 37, 37, 37}) {
            text("", length, joliet);
        }
        for (int i = 0; i < 4; i++) {
            image.put(ascii("0000000000000000")).put((byte) 0); // a date that is not said
        }
        image.put((byte) 1);
    }

    private void text(String value, int length, boolean joliet) {
        put(ascii(value), length, joliet);
    }

    /** Filled up with blanks, which are two bytes each in Joliet. */
    private void put(byte[] value, int length, boolean joliet) {
        if (!joliet) {
            fill(value, length, (byte) ' ');
            return;
        }
        image.put(value);
        for (int i = value.length; i + 1 < length; i += 2) {
            image.put((byte) 0).put((byte) ' ');
        }
        if (length % 2 != 0) {
            image.put((byte) 0);
        }
    }

    private void fill(byte[] value, int length, byte filler) {
        image.put(value);
        for (int i = value.length; i < length; i++) {
            image.put(filler);
        }
    }

    /** Both tables name the one directory, in either byte order. */
    private void paths(int sector, int root) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            at(order == ByteOrder.LITTLE_ENDIAN ? sector : sector + 1);
            image.order(order)
                    .put((byte) 1)
                    .put((byte) 0)
                    .putInt(root)
                    .putShort((short) 1)
                    .put((byte) 0)
                    .put((byte) 0);
        }
    }

    private void directory(int sector, boolean joliet) {
        at(sector);
        record(new byte[] {0}, sector, SECTOR, DIRECTORY_FLAG);
        record(new byte[] {1}, sector, SECTOR, DIRECTORY_FLAG);
        for (Entry entry : entries) {
            byte[] name = joliet ? ucs2(entry.name() + ";1") : ascii(shortName(entry.name()));
            record(name, entry.sector(), entry.content().length, 0);
        }
    }

    /** Eight characters, a dot and three: readers that know Joliet never show it. */
    private static String shortName(String name) {
        String plain = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
        return plain.substring(0, Math.min(plain.length(), 8)) + ".;1";
    }

    private void record(byte[] name, int sector, int size, int flags) {
        int length = 33 + name.length + (name.length % 2 == 0 ? 1 : 0);
        image.put((byte) length).put((byte) 0);
        both32(sector);
        both32(size);
        image.put(new byte[7]).put((byte) flags).put((byte) 0).put((byte) 0);
        both16(1);
        image.put((byte) name.length).put(name);
        if (name.length % 2 == 0) {
            image.put((byte) 0);
        }
    }

    private void both32(int value) {
        image.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .order(ByteOrder.BIG_ENDIAN)
                .putInt(value);
    }

    private void both16(int value) {
        image.order(ByteOrder.LITTLE_ENDIAN).putShort((short) value);
        image.order(ByteOrder.BIG_ENDIAN).putShort((short) value);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] ucs2(String text) {
        return text.getBytes(StandardCharsets.UTF_16BE);
    }
}
