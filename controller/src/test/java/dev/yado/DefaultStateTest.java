package dev.yado;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class DefaultStateTest {
    @Test
    void liesBelowTheHomeDirectoryButRootsInVarLib() {
        assertThat(DefaultState.directory("root", "/root", "/elsewhere")).hasToString("/var/lib/yado");
        assertThat(DefaultState.directory("u", "/home/u", "")).hasToString("/home/u/.local/share/yado");
        assertThat(DefaultState.directory("u", "/home/u", "/data")).hasToString("/data/yado");
    }

    @Test
    void yieldsToEverySetting() {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("said", Map.of("yado.state", "/said")));
        new DefaultState().postProcessEnvironment(environment, new SpringApplication());
        assertThat(environment.getProperty("yado.state")).isEqualTo("/said");
    }
}
