package dev.yado;

import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Where state is kept when nothing is said: below the user's home directory, but root's in /var/lib, because the service user that
 * runs PostgreSQL cannot enter root's home.
 */
final class DefaultState implements EnvironmentPostProcessor {
    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        environment
                .getPropertySources()
                .addLast(new MapPropertySource(
                        "yado-default-state",
                        Map.of(
                                "yado.state",
                                directory(
                                                System.getProperty("user.name", ""),
                                                System.getProperty("user.home", ""),
                                                System.getenv().getOrDefault("XDG_DATA_HOME", ""))
                                        .toString())));
    }

    static Path directory(String user, String home, String xdgDataHome) {
        if (user.equals("root")) {
            return Path.of("/var/lib/yado");
        }
        Path data = xdgDataHome.startsWith("/") ? Path.of(xdgDataHome) : Path.of(home, ".local", "share");
        return data.resolve("yado");
    }
}
