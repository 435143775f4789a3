package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Hands plans to callers and takes them back, unchanged, in time and from the caller they were made for. Nothing is stored: a token
 * carries its plan under a signature, whose key all controllers of a database share.
 */
@Component
public final class SignedPlans {
    public static final Duration VALID = Duration.ofMinutes(15);
    private static final String ALGORITHM = "HmacSHA256";
    private static final String KEY_NAME = "plans";
    private static final int KEY_BYTES = 32;
    private final JdbcTemplate jdbc;
    private volatile byte @Nullable [] key;

    SignedPlans(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    public record Signed(String token, Instant expiresAt) {}

    public Signed sign(Caller caller, String plan) {
        Instant expiresAt = Instant.now().plus(VALID);
        byte[] text =
                (expiresAt.getEpochSecond() + "\n" + scope(caller) + "\n" + plan).getBytes(StandardCharsets.UTF_8);
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return new Signed(base64.encodeToString(text) + "." + base64.encodeToString(mac(text)), expiresAt);
    }

    /**
     * @throws YadoException {@code INVALID_REQUEST} for what was not signed here for this caller, {@code PLAN_STALE} when its time is over
     */
    public String open(Caller caller, String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 2) {
            throw invalid(null);
        }
        byte[] text;
        byte[] signature;
        try {
            text = Base64.getUrlDecoder().decode(parts[0]);
            signature = Base64.getUrlDecoder().decode(parts[1]);
        } catch (IllegalArgumentException notBase64) {
            throw invalid(notBase64);
        }
        String[] lines = new String(text, StandardCharsets.UTF_8).split("\n", 3);
        if (!MessageDigest.isEqual(signature, mac(text)) || lines.length != 3 || !lines[1].equals(scope(caller))) {
            throw invalid(null);
        }
        if (Instant.now().getEpochSecond() >= Long.parseLong(lines[0])) {
            throw new YadoException(
                    ErrorCode.PLAN_STALE,
                    "the plan is older than " + VALID.toMinutes() + " minutes: it has expired at "
                            + Instant.ofEpochSecond(Long.parseLong(lines[0])));
        }
        return lines[2];
    }

    private static String scope(Caller caller) {
        return (caller.isAdministrator() ? "administrator " : "tenant ")
                + caller.tenant().map(Object::toString).orElse("");
    }

    private static YadoException invalid(@Nullable Throwable cause) {
        String detail = "X-Yado-Plan takes the token of a plan as it came, for the same tenant";
        return cause == null
                ? new YadoException(ErrorCode.INVALID_REQUEST, detail)
                : new YadoException(ErrorCode.INVALID_REQUEST, detail, cause);
    }

    private byte[] mac(byte[] text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key(), ALGORITHM));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    private byte[] key() {
        byte[] known = key;
        if (known == null) {
            byte[] made = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(made);
            jdbc.update(
                    "INSERT INTO controller_key (name, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING", KEY_NAME, made);
            known = jdbc.queryForObject("SELECT bytes FROM controller_key WHERE name = ?", byte[].class, KEY_NAME);
            if (known == null) {
                throw new IllegalStateException("the key that was just made is gone");
            }
            key = known;
        }
        return known;
    }
}
