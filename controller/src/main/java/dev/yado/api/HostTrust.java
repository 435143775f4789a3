package dev.yado.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The trust between controller and hosts, both ways: one secret, sent as a header by whoever calls. Everything that knows of the
 * secret is here, so that certificates can take its place.
 */
@Component
public final class HostTrust {
    public static final String HEADER = "X-Yado-Host-Secret";
    private static final Logger LOG = LoggerFactory.getLogger(HostTrust.class);
    private static final int SECRET_BYTES = 32;
    private static final int SHORTEST_SECRET = 16;
    private final String secret;

    HostTrust(Settings settings) {
        this.secret = readOrMake(settings);
    }

    /** What the controller sends as {@link #HEADER} with every call to a host. */
    public String header() {
        return secret;
    }

    /** True when {@code sent} proves a host; takes the same time for every wrong one. */
    boolean accepts(@Nullable String sent) {
        return sent != null
                && MessageDigest.isEqual(
                        sent.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
    }

    private static String readOrMake(Settings settings) {
        Path named = settings.hostSecretFile();
        SecretFile file =
                new SecretFile(named != null ? named : settings.state().resolve("host-secret"));
        try {
            String known = file.read().orElse(null);
            if (known == null && named != null) {
                throw new IllegalStateException("yado.host-secret-file names " + named + ", which is missing or empty");
            }
            if (known != null && known.length() < SHORTEST_SECRET) {
                throw new IllegalStateException(
                        file.path() + " holds less than " + SHORTEST_SECRET + " characters: too short for a secret");
            }
            if (known != null) {
                return known;
            }
            byte[] bytes = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(bytes);
            String made = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            file.write(made);
            LOG.info("made the secret that hosts prove themselves with in {}", file.path());
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write the hosts' secret in " + file.path(), e);
        }
    }
}
