package dev.yado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.FileSystemUtils;

/** Gives the controller under test a database and a state directory that nothing else uses. */
final class ControllerTestSettings implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    private static final long MAX_IMAGE_BYTES = 64L << 20;

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        Path state = temporaryDirectory();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "controller test",
                        Map.of(
                                "spring.datasource.url",
                                PostgresForTests.emptyDatabase(),
                                "yado.state",
                                state.toString(),
                                "yado.internal.port",
                                0,
                                // All tests go on while the controller's own certificate is replaced again and again.
                                "yado.trust.controller-lifetime",
                                "6s",
                                "yado.trust.host-lifetime",
                                "6s",
                                "yado.images.max-bytes",
                                MAX_IMAGE_BYTES,
                                "yado.images.keep-free-bytes",
                                0,
                                "yado.images.allowed-source-cidrs",
                                "127.0.0.2/32")));
    }

    private static Path temporaryDirectory() {
        try {
            Path state = Files.createTempDirectory("yado-controller-test");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> FileSystemUtils.deleteRecursively(state.toFile())));
            return state;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a state directory for the test", e);
        }
    }
}
