package dev.yado.vmmd;

import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Renewal;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says louder and louder what is wrong with the host's certificate, and nothing else: guests do not depend on it. */
final class CertificateLog implements Renewal.Listener {
    private static final Logger log = LoggerFactory.getLogger(CertificateLog.class);
    private static final Duration REPEATED_AFTER = Duration.ofMinutes(10);
    private Instant saidAt = Instant.MIN;

    @Override
    public void replaced(Identity identity) {
        saidAt = Instant.MIN;
        log.info("the host has a new certificate until {}", identity.expiresAt());
    }

    @Override
    public void failed(Identity still, String why) {
        Instant now = Instant.now();
        if (saidAt.isAfter(now.minus(REPEATED_AFTER))) {
            log.debug("the certificate is not renewed: {}", why);
            return;
        }
        saidAt = now;
        if (now.isAfter(still.expiresAt())) {
            log.error(
                    "THE CERTIFICATE EXPIRED at {}: guests run on, the controller takes no report. Ask the administrator for a"
                            + " token (yado host join-token --renew {}) and run vmmd join --renew. {}",
                    still.expiresAt(),
                    still.name(),
                    why);
        } else {
            log.warn("the certificate is not renewed, trying again until it expires at {}: {}", still.expiresAt(), why);
        }
    }
}
