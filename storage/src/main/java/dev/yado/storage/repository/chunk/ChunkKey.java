package dev.yado.storage.repository.chunk;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that one secret gives, each for one purpose.
 *
 * @param name tells keys apart without telling anything of them; it is written into manifests
 * @param ids for the names of chunks
 * @param content for chunks and what manifests say of the VM
 * @param seal for the seals of manifests
 */
public record ChunkKey(String name, SecretKey ids, SecretKey content, SecretKey seal) {
    public static final int SECRET_BYTES = 32;

    public static ChunkKey of(byte[] secret) {
        if (secret.length != SECRET_BYTES) {
            throw new IllegalArgumentException("a secret has " + SECRET_BYTES + " bytes, not " + secret.length);
        }
        return new ChunkKey(
                HexFormat.of().formatHex(derive(secret, "yado backup key name"), 0, 8),
                new SecretKeySpec(derive(secret, "yado backup chunk names"), "HmacSHA256"),
                new SecretKeySpec(derive(secret, "yado backup content"), "AES"),
                new SecretKeySpec(derive(secret, "yado backup seals"), "HmacSHA256"));
    }

    /** HMAC-SHA-256 of the text: another secret that does not tell the first. */
    public static byte[] derive(byte[] secret, String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
        }
    }

    /** Not the keys. */
    @Override
    public String toString() {
        return "key " + name;
    }
}
