package dev.yado.protocol.trust;

/**
 * {@code POST /internal/v1/renew}: the certificate of the connection says for whom.
 *
 * @param request PKCS#10 as PEM, for a new key
 */
public record RenewRequest(String request) {}
