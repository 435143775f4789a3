package dev.yado.storage.repository.chunk;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Names chunks and turns them into what is stored, and back. For one thread at a time; holds native memory until closed.
 *
 * <p>Stored is a head of one byte, whose bit 0 says compressed (zstd) and bit 1 encrypted, then the content. Encrypted content is a
 * nonce of 12 bytes, the AES-256-GCM of what it would be else, and a tag of 16; the head and the chunk's name are authenticated with it.
 */
public final class ChunkCodec implements AutoCloseable {
    private static final int COMPRESSED = 1;
    private static final int ENCRYPTED = 2;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final int maxPlain;
    private final @Nullable ChunkKey key;
    private final MessageDigest digest;
    private final @Nullable Mac mac;
    private final @Nullable Cipher cipher;
    private final ZstdCompressCtx compress = new ZstdCompressCtx();
    private final ZstdDecompressCtx decompress = new ZstdDecompressCtx();
    private byte[] stored = new byte[0];
    private byte[] compressed = new byte[0];

    /**
     * @param level of zstd
     * @param maxPlain what claims to be larger is damaged
     * @param key null: nothing is encrypted
     */
    public ChunkCodec(int level, int maxPlain, @Nullable ChunkKey key) {
        this.maxPlain = maxPlain;
        this.key = key;
        compress.setLevel(level);
        // The name of a chunk is a stronger check, and its size is known.
        compress.setChecksum(false);
        try {
            digest = MessageDigest.getInstance("SHA-256");
            mac = key == null ? null : Mac.getInstance("HmacSHA256");
            cipher = key == null ? null : Cipher.getInstance("AES/GCM/NoPadding");
            if (mac != null && key != null) {
                mac.init(key.ids());
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256 and AES-GCM", e);
        }
    }

    public ChunkId name(byte[] plain, int offset, int length) {
        if (mac != null) {
            mac.update(plain, offset, length);
            return ChunkId.of(mac.doFinal());
        }
        digest.update(plain, offset, length);
        return ChunkId.of(digest.digest());
    }

    /** @return what is to be stored, valid until the next call */
    public ByteBuffer encode(ChunkId id, byte[] plain, int offset, int length) {
        int room = 1 + NONCE_BYTES + (int) com.github.luben.zstd.Zstd.compressBound(length) + TAG_BYTES;
        if (stored.length < room) {
            stored = new byte[room];
        }
        if (key == null) {
            int size = compress.compressByteArray(stored, 1, stored.length - 1, plain, offset, length);
            if (size < length) {
                stored[0] = COMPRESSED;
            } else {
                stored[0] = 0;
                System.arraycopy(plain, offset, stored, 1, length);
                size = length;
            }
            return ByteBuffer.wrap(stored, 0, 1 + size);
        }
        if (compressed.length < room) {
            compressed = new byte[room];
        }
        int size = compress.compressByteArray(compressed, 0, compressed.length, plain, offset, length);
        boolean smaller = size < length;
        stored[0] = (byte) (ENCRYPTED | (smaller ? COMPRESSED : 0));
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        System.arraycopy(nonce, 0, stored, 1, NONCE_BYTES);
        try {
            Cipher gcm = cipher(Cipher.ENCRYPT_MODE, nonce, stored[0], id);
            int sealed = smaller
                    ? gcm.doFinal(compressed, 0, size, stored, 1 + NONCE_BYTES)
                    : gcm.doFinal(plain, offset, length, stored, 1 + NONCE_BYTES);
            return ByteBuffer.wrap(stored, 0, 1 + NONCE_BYTES + sealed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a chunk cannot be encrypted", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, byte head, ChunkId id) throws GeneralSecurityException {
        if (cipher == null || key == null) {
            throw new IllegalStateException("no key");
        }
        cipher.init(mode, key.content(), new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(new byte[] {head});
        cipher.updateAAD(id.bytes());
        return cipher;
    }

    /**
     * Checked against its name.
     *
     * @param content what was stored, in an array
     * @param to gets {@link Locator#plain()} bytes
     * @throws ChunkDamage when it is anything else
     */
    public void decode(Locator chunk, ByteBuffer content, byte[] to, int at) {
        int plain = chunk.plain();
        if (content.remaining() != chunk.stored() || chunk.stored() < 1) {
            throw new ChunkDamage(chunk, "is cut off");
        }
        if (plain < 1 || plain > maxPlain) {
            throw new ChunkDamage(chunk, "says that it has " + plain + " bytes");
        }
        byte[] from = content.array();
        int offset = content.arrayOffset() + content.position();
        int length = content.remaining() - 1;
        byte head = from[offset++];
        if ((head & ~(COMPRESSED | ENCRYPTED)) != 0 || ((head & ENCRYPTED) != 0) != (key != null)) {
            throw new ChunkDamage(chunk, "has a head that nobody writes here");
        }
        if ((head & ENCRYPTED) != 0) {
            length = decrypt(chunk, head, from, offset, length);
            from = compressed;
            offset = 0;
        }
        if ((head & COMPRESSED) != 0) {
            decompress(chunk, from, offset, length, to, at);
        } else if (length == plain) {
            System.arraycopy(from, offset, to, at, length);
        } else {
            throw new ChunkDamage(chunk, "has another size than it ought to");
        }
        if (!name(to, at, plain).equals(chunk.id())) {
            throw new ChunkDamage(chunk, "has other content than its name stands for");
        }
    }

    private int decrypt(Locator chunk, byte head, byte[] from, int offset, int length) {
        if (length < NONCE_BYTES + TAG_BYTES) {
            throw new ChunkDamage(chunk, "is cut off");
        }
        if (compressed.length < length) {
            compressed = new byte[length];
        }
        byte[] nonce = new byte[NONCE_BYTES];
        System.arraycopy(from, offset, nonce, 0, NONCE_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, nonce, head, chunk.id())
                    .doFinal(from, offset + NONCE_BYTES, length - NONCE_BYTES, compressed, 0);
        } catch (GeneralSecurityException e) {
            throw new ChunkDamage(chunk, "does not open with the tenant's key");
        }
    }

    private void decompress(Locator chunk, byte[] from, int offset, int length, byte[] to, int at) {
        int size;
        try {
            size = decompress.decompressByteArray(to, at, chunk.plain(), from, offset, length);
        } catch (ZstdException e) {
            throw new ChunkDamage(chunk, "cannot be decompressed");
        }
        if (size != chunk.plain()) {
            throw new ChunkDamage(chunk, "has another size than it ought to");
        }
    }

    @Override
    public void close() {
        compress.close();
        decompress.close();
    }
}
