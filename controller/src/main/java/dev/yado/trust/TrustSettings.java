package dev.yado.trust;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param keyFile what the CA's key in the database is encrypted with; default {@code <yado.state>/ca-key}. All replicas have the same
 * @param hostLifetime of the certificates of hosts and simulators; they renew at half of it
 * @param controllerLifetime of the controller's own
 */
@ConfigurationProperties("yado.trust")
record TrustSettings(
        @Nullable Path keyFile,
        @DefaultValue("7d") Duration hostLifetime,
        @DefaultValue("1d") Duration controllerLifetime) {}
