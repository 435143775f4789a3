package dev.yado.protocol.trust;

import dev.yado.protocol.HostOptions;
import org.jspecify.annotations.Nullable;

/**
 * @param certificate as PEM
 * @param ca as PEM
 * @param options those of the host whose place the machine has taken; null: it has taken no host's, or that one never said any
 */
public record IssuedCertificate(
        String certificate, String ca, @Nullable HostOptions options) {}
