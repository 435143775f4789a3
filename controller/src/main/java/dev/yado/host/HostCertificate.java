package dev.yado.host;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a host proves itself with.
 *
 * @param expiresAt null for a host that has never joined
 */
public record HostCertificate(@Nullable Instant expiresAt, boolean revoked) {

    /** Why its reports are not taken. Its guests run on all the same. */
    Optional<String> trouble(Instant now) {
        if (revoked) {
            return Optional.of("its certificates were revoked: vmmd join --renew brings it back");
        }
        if (expiresAt == null) {
            return Optional.of("it has no certificate: vmmd join --renew gives it one");
        }
        return expiresAt.isAfter(now)
                ? Optional.empty()
                : Optional.of("its certificate expired at " + expiresAt + ": vmmd join --renew gives it a new one");
    }
}
