package dev.yado.protocol.trust;

/** Both as PEM. */
public record IssuedCertificate(String certificate, String ca) {}
