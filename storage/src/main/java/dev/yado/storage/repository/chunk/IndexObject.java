package dev.yado.storage.repository.chunk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The tables of packs, written beside them so that a writer need not read every pack's end. */
public final class IndexObject {
    public static final String FOLDER = "index/";
    private static final byte[] BEGIN = "YADOINDX".getBytes(StandardCharsets.US_ASCII);
    private static final int PACK_BYTES = 16 + 8 + 4;

    private IndexObject() {}

    public static ByteBuffer write(List<PackTable> packs) {
        long size = BEGIN.length + 4 + 32;
        for (PackTable each : packs) {
            size += PACK_BYTES + (long) each.chunks().size() * PackTable.ENTRY_BYTES;
        }
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(size));
        content.put(BEGIN).putInt(packs.size());
        for (PackTable each : packs) {
            content.putLong(each.pack().high()).putLong(each.pack().low());
            content.putLong(each.bytes()).putInt(each.chunks().size());
            for (Locator chunk : each.chunks()) {
                PackTable.writeEntry(chunk, content);
            }
        }
        content.put(PackTable.sha256(content.duplicate().flip()));
        return content.flip();
    }

    /** Of the object with that content, so that the same put again changes nothing. */
    public static String object(ByteBuffer content) {
        return FOLDER + HexFormat.of().formatHex(PackTable.sha256(content.duplicate()), 0, 16);
    }

    /** @throws IllegalArgumentException when it is damaged */
    public static List<PackTable> read(ByteBuffer content) {
        int end = content.limit() - 32;
        byte[] begin = new byte[BEGIN.length];
        byte[] said = new byte[32];
        if (end < BEGIN.length + 4) {
            throw new IllegalArgumentException("is cut off");
        }
        content.get(0, begin).get(end, said);
        if (!Arrays.equals(begin, BEGIN)
                || !Arrays.equals(
                        said, PackTable.sha256(content.duplicate().position(0).limit(end)))) {
            throw new IllegalArgumentException("is damaged");
        }
        ByteBuffer from = content.duplicate().position(BEGIN.length).limit(end);
        int count = from.getInt();
        List<PackTable> packs = new ArrayList<>();
        for (int each = 0; each < count; each++) {
            PackId pack = new PackId(from.getLong(), from.getLong());
            long bytes = from.getLong();
            int chunks = from.getInt();
            List<Locator> table = new ArrayList<>(chunks);
            for (int chunk = 0; chunk < chunks; chunk++) {
                table.add(PackTable.readEntry(pack, from));
            }
            packs.add(new PackTable(pack, bytes, table));
        }
        return packs;
    }
}
