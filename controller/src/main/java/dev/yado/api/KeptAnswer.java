package dev.yado.api;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** An answer as it is kept for repetitions of its call. */
record KeptAnswer(int status, Map<String, String> headers, byte[] body) {
    static final String REPLAYED = "Idempotency-Replayed";
    private static final String OPERATION = "/v1/operations/";
    private static final String[] HEADERS = {HttpHeaders.CONTENT_TYPE, HttpHeaders.LOCATION, HttpHeaders.ETAG};
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    static KeptAnswer of(HttpServletResponse response, byte[] body) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : HEADERS) {
            String value = response.getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return new KeptAnswer(response.getStatus(), headers, body);
    }

    /** The operation that the call began, if it began one. */
    @Nullable
    UUID operation() {
        String location = headers.getOrDefault(HttpHeaders.LOCATION, "");
        return location.startsWith(OPERATION) ? UUID.fromString(location.substring(OPERATION.length())) : null;
    }

    void send(HttpServletResponse response) throws IOException {
        response.setStatus(status);
        headers.forEach(response::setHeader);
        response.setHeader(REPLAYED, "true");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** The same with a body that only who sends the same token and key can read: a database must not hold secrets. */
    KeptAnswer seal(KeyedCall call) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] closed = cipher(Cipher.ENCRYPT_MODE, call, nonce).doFinal(body);
            return new KeptAnswer(
                    status,
                    headers,
                    ByteBuffer.allocate(nonce.length + closed.length)
                            .put(nonce)
                            .put(closed)
                            .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    /** Empty for another token than that of the first call. */
    Optional<KeptAnswer> open(KeyedCall call) {
        try {
            byte[] opened = cipher(Cipher.DECRYPT_MODE, call, Arrays.copyOf(body, NONCE_BYTES))
                    .doFinal(body, NONCE_BYTES, body.length - NONCE_BYTES);
            return Optional.of(new KeptAnswer(status, headers, opened));
        } catch (GeneralSecurityException otherToken) {
            return Optional.empty();
        }
    }

    private static Cipher cipher(int mode, KeyedCall call, byte[] nonce) throws GeneralSecurityException {
        MessageDigest digest = KeyedCall.sha256();
        digest.update(call.token().getBytes(StandardCharsets.UTF_8));
        byte[] key = digest.digest(("\n" + call.id().key()).getBytes(StandardCharsets.UTF_8));
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        return cipher;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeptAnswer that
                && status == that.status
                && headers.equals(that.headers)
                && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return 31 * status + Arrays.hashCode(body);
    }

    /** Not the body: it may hold a secret. */
    @Override
    public String toString() {
        return status + " " + headers + ", " + body.length + " bytes";
    }
}
