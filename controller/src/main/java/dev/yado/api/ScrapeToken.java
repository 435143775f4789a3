package dev.yado.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** What Prometheus proves itself with: a token that opens the metrics and nothing else, so that no scraper needs the administrator's. */
@Component
final class ScrapeToken {
    private static final Logger LOG = LoggerFactory.getLogger(ScrapeToken.class);
    private final byte[] hash;

    ScrapeToken(Settings settings) {
        SecretFile file = new SecretFile(settings.metricsToken());
        try {
            String known = file.readOrMake(() -> {
                LOG.info("making the token for scrapers in {}", file.path());
                return Token.random().reveal();
            });
            hash = Token.parse(known)
                    .orElseThrow(() -> new IllegalStateException(
                            file.path() + " does not hold a token: remove it and a new one is made at the next start"))
                    .hash();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write the token for scrapers in " + file.path(), e);
        }
    }

    /** Takes the same time for every wrong one. */
    boolean matches(Token sent) {
        return MessageDigest.isEqual(hash, sent.hash());
    }
}
