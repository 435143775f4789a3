package dev.yado.protocol.trust;

import java.util.UUID;

/**
 * {@code POST /internal/v1/join}, the one internal call without a certificate.
 *
 * @param token single use
 * @param id chosen by the machine, kept for ever
 * @param request PKCS#10 as PEM
 */
public record JoinRequest(String token, Machine.Role role, UUID id, String name, String request) {
    /** Never the token. */
    @Override
    public String toString() {
        return "JoinRequest[" + role + ", " + id + ", " + name + "]";
    }
}
