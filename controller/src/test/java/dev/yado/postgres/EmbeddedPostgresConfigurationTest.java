package dev.yado.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

class EmbeddedPostgresConfigurationTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class,
                    JdbcTemplateAutoConfiguration.class,
                    JdbcClientAutoConfiguration.class,
                    FlywayAutoConfiguration.class))
            .withUserConfiguration(EmbeddedPostgresConfiguration.class);

    @Test
    void servesTheDataSourceAndItsMigrationsWhenNoDatabaseIsNamed(@TempDir Path directory) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        runner.withPropertyValues("yado.state=" + directory.resolve("state")).run(context -> {
            JdbcClient jdbc = context.getBean(JdbcClient.class);
            assertThat(jdbc.sql("SELECT count(*) FROM tenant").query(Long.class).single())
                    .isZero();
            assertThat(context.getBean(EmbeddedPostgres.class).process().isAlive())
                    .isTrue();
        });
        assertThat(Postmaster.of(directory.resolve("state/pgdata"))).isEmpty();
    }

    @Test
    void sleepsWhenADatabaseIsNamed(@TempDir Path directory) {
        runner.withPropertyValues(
                        "yado.state=" + directory.resolve("state"),
                        "spring.datasource.url=jdbc:postgresql://127.0.0.1:1/none",
                        "spring.flyway.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(EmbeddedPostgres.class));
        assertThat(directory.resolve("state")).doesNotExist();
    }

    @Test
    void explainsAFailureWithoutAStackTrace() {
        FailureAnalysis analysis = Objects.requireNonNull(new EmbeddedPostgresFailureAnalyzer()
                .analyze(new IllegalStateException(new EmbeddedPostgresException("No room.", "Make room."))));
        assertThat(analysis.getDescription()).isEqualTo("No room.");
        assertThat(analysis.getAction()).isEqualTo("Make room.");
    }
}
