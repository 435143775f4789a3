package dev.yado.storage.repository.chunk;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which chunks a pack has, as its last bytes say it.
 *
 * @param bytes of the whole pack, 0 when it is not known
 */
public record PackTable(PackId pack, long bytes, List<Locator> chunks) {
    /** Where the first chunk of a pack begins. */
    static final byte[] BEGIN = "YADOPACK".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    static final byte[] END = "YADOTABL".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    static final int ENTRY_BYTES = ChunkId.BYTES + 12;
    /** The count of chunks, the SHA-256 of the table, and the end. */
    public static final int TRAILER_BYTES = 4 + 32 + 8;

    public PackTable {
        chunks = List.copyOf(chunks);
    }

    static void writeEntry(Locator chunk, ByteBuffer to) {
        chunk.id().write(to);
        to.putInt(chunk.offset()).putInt(chunk.stored()).putInt(chunk.plain());
    }

    static Locator readEntry(PackId pack, ByteBuffer from) {
        return new Locator(ChunkId.read(from), pack, from.getInt(), from.getInt(), from.getInt());
    }

    /**
     * @param whole the pack from its first byte to its last
     * @throws IllegalArgumentException when they are not those of a pack; the message is a part of a sentence
     */
    public static PackTable read(PackId pack, ByteBuffer whole) {
        int size = whole.limit();
        if (size < BEGIN.length + TRAILER_BYTES || !at(whole, 0, BEGIN) || !at(whole, size - END.length, END)) {
            throw new IllegalArgumentException("does not begin and end as a pack does");
        }
        int count = whole.getInt(size - TRAILER_BYTES);
        long begin = size - TRAILER_BYTES - (long) count * ENTRY_BYTES;
        if (count < 0 || begin < BEGIN.length) {
            throw new IllegalArgumentException("has a damaged table");
        }
        ByteBuffer table = whole.duplicate().position((int) begin).limit(size - TRAILER_BYTES);
        byte[] said = new byte[32];
        whole.get(size - TRAILER_BYTES + 4, said);
        if (!Arrays.equals(said, sha256(table.duplicate()))) {
            throw new IllegalArgumentException("has a damaged table");
        }
        List<Locator> chunks = new ArrayList<>(count);
        while (table.hasRemaining()) {
            chunks.add(readEntry(pack, table));
        }
        return new PackTable(pack, size, chunks);
    }

    private static boolean at(ByteBuffer whole, int offset, byte[] text) {
        byte[] there = new byte[text.length];
        whole.get(offset, there);
        return Arrays.equals(there, text);
    }

    static byte[] sha256(ByteBuffer of) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(of);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
