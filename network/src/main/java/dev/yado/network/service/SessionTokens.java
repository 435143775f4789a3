package dev.yado.network.service;

import dev.yado.protocol.NicId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Session tokens of the metadata service, each good for one card until its time. Nothing is kept of them but the key. */
final class SessionTokens {
    static final Duration LONGEST = Duration.ofHours(6);
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;
    private final InstantSource clock;

    SessionTokens(InstantSource clock) {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, ALGORITHM);
        this.clock = clock;
    }

    String issue(NicId nic, Duration life) {
        return text(nic, clock.instant().plus(life).getEpochSecond());
    }

    boolean valid(NicId nic, String token) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(token);
            if (bytes.length <= Long.BYTES) {
                return false;
            }
            long until = ByteBuffer.wrap(bytes).getLong();
            boolean ours = MessageDigest.isEqual(
                    token.getBytes(StandardCharsets.US_ASCII), text(nic, until).getBytes(StandardCharsets.US_ASCII));
            return ours && until > clock.instant().getEpochSecond();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private String text(NicId nic, long until) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(nic.toString().getBytes(StandardCharsets.US_ASCII));
            byte[] time = ByteBuffer.allocate(Long.BYTES).putLong(until).array();
            byte[] sum = mac.doFinal(time);
            byte[] token = Arrays.copyOf(time, time.length + sum.length);
            System.arraycopy(sum, 0, token, time.length, sum.length);
            return Base64.getUrlEncoder().encodeToString(token);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
