package dev.yado.storage.repository.chunk;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** The SHA-256 of a chunk's plain bytes; the HMAC-SHA-256 of them in an encrypted repository. */
public record ChunkId(long a, long b, long c, long d) {
    public static final int BYTES = 32;

    public static ChunkId of(byte[] digest) {
        return read(ByteBuffer.wrap(digest));
    }

    static ChunkId read(ByteBuffer from) {
        return new ChunkId(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    void write(ByteBuffer to) {
        to.putLong(a).putLong(b).putLong(c).putLong(d);
    }

    byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        write(bytes);
        return bytes.array();
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }
}
