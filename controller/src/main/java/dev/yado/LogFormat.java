package dev.yado;

import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/** {@code yado.log.format=json} makes each line of the log an object of the Elastic Common Schema; {@code text} is what people read. */
final class LogFormat implements EnvironmentPostProcessor {
    private static final String NAME = "yado.log.format";

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        String format = environment.getProperty(NAME, "text");
        switch (format) {
            case "text" -> {}
            case "json" ->
                environment
                        .getPropertySources()
                        .addLast(new MapPropertySource(
                                "yado-log-format", Map.of("logging.structured.format.console", "ecs")));
            default -> throw new IllegalArgumentException(NAME + " is text or json, not " + format);
        }
    }
}
