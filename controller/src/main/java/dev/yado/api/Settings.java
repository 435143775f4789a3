package dev.yado.api;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where the controller keeps what is not in its database.
 *
 * @param state directory of the controller's files; made when it is not there
 * @param adminTokenFile default {@code <state>/admin-token}
 * @param metricsTokenFile default {@code <state>/metrics-token}; made when it is not there
 */
@ConfigurationProperties("yado")
public record Settings(
        Path state, @Nullable Path adminTokenFile, @Nullable Path metricsTokenFile) {
    public Path adminToken() {
        return adminTokenFile != null ? adminTokenFile : state.resolve("admin-token");
    }

    public Path metricsToken() {
        return metricsTokenFile != null ? metricsTokenFile : state.resolve("metrics-token");
    }
}
