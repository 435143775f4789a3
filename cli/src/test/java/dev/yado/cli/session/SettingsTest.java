package dev.yado.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.yado.cli.wire.Endpoint;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SettingsTest {
    @TempDir
    private Path home;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void logIn() {
        environment.put("XDG_CONFIG_HOME", home.toString());
        ConfigFile.of(environment).write(new ConfigFile.Entry("http://stored:1/", "stored", Optional.of("stored")));
    }

    @Test
    void comeFromTheLoginWhenNothingElseIsSaid() {
        Endpoint endpoint = settings().endpoint();
        assertThat(endpoint.url()).hasToString("http://stored:1");
        assertThat(endpoint.token()).isEqualTo("stored");
        assertThat(endpoint.tenant()).contains("stored");
    }

    @Test
    void comeFromTheEnvironmentRatherThanTheLogin() {
        environment.putAll(Map.of("YADO_URL", "http://env:2", "YADO_TOKEN", "env", "YADO_TENANT", "env"));
        Endpoint endpoint = settings().endpoint();
        assertThat(endpoint.url()).hasToString("http://env:2");
        assertThat(endpoint.token()).isEqualTo("env");
        assertThat(endpoint.tenant()).contains("env");
    }

    @Test
    void comeFromOptionsRatherThanTheEnvironment() throws Exception {
        environment.putAll(Map.of("YADO_URL", "http://env:2", "YADO_TOKEN", "env", "YADO_TENANT", "env"));
        Path file = Files.writeString(home.resolve("token"), "option\n");
        Endpoint endpoint = settings("--url", "http://option:3/", "--token-file", file.toString(), "--tenant", "option")
                .endpoint();
        assertThat(endpoint.url()).hasToString("http://option:3");
        assertThat(endpoint.token()).isEqualTo("option");
        assertThat(endpoint.tenant()).contains("option");
    }

    @Test
    void readTheTokenFromStandardInputOrANamedFile() throws Exception {
        assertThat(settings("--token-file", "-").endpoint().token()).isEqualTo("from-input");
        environment.put(
                "YADO_TOKEN_FILE",
                Files.writeString(home.resolve("token"), "from-file\n").toString());
        assertThat(settings().endpoint().token()).isEqualTo("from-file");
    }

    @Test
    void sendAStoredTokenNowhereElse() {
        Failure failure = catchThrowableOfType(
                Failure.class, () -> settings("--url", "http://elsewhere:1").endpoint());
        assertThat(failure.exit()).isEqualTo(ExitCode.UNAUTHORIZED);
        assertThat(failure.code()).isEqualTo("NO_TOKEN");
    }

    @Test
    void refuseATokenThatCouldNotBeOne() throws Exception {
        Path file = Files.writeString(home.resolve("token"), "a\r\nX-Evil: 1");
        Failure failure = catchThrowableOfType(
                Failure.class, () -> settings("--token-file", file.toString()).endpoint());
        assertThat(failure.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(failure).hasMessageNotContaining("Evil");
    }

    @Test
    void refuseAnAddressThatIsNone() {
        for (String url : new String[] {"127.0.0.1:8420", "ftp://x", "http://", "http://a b"}) {
            Failure failure = catchThrowableOfType(
                    Failure.class, () -> settings("--url", url).endpoint());
            assertThat(failure.exit()).as(url).isEqualTo(ExitCode.USAGE);
        }
    }

    private Settings settings(String... arguments) {
        GlobalOptions options = new GlobalOptions();
        new CommandLine(options).parseArgs(arguments);
        return new Settings(
                options, environment, new ByteArrayInputStream("from-input\n".getBytes(StandardCharsets.UTF_8)));
    }
}
