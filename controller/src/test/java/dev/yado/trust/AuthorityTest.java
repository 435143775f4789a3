package dev.yado.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The CA of a database and the file that opens it. */
class AuthorityTest {
    private static final int REPLICAS = 6;
    private final HikariDataSource database = PooledDatabase.open();
    private final JdbcTemplate jdbc = new JdbcTemplate(database);

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        database.close();
    }

    private CertificateAuthority start(Path keyFile) {
        return AuthorityRow.read(jdbc, new TransactionTemplate(new JdbcTransactionManager(database)), keyFile);
    }

    @Test
    void isMadeOnceByReplicasThatStartTogether() throws Exception {
        CyclicBarrier together = new CyclicBarrier(REPLICAS);
        Callable<CertificateAuthority> replica = () -> {
            together.await(10, TimeUnit.SECONDS);
            return start(directory.resolve("ca-key"));
        };
        try (ExecutorService replicas = Executors.newFixedThreadPool(REPLICAS)) {
            List<CertificateAuthority> made = new ArrayList<>();
            for (Future<CertificateAuthority> each :
                    replicas.invokeAll(java.util.Collections.nCopies(REPLICAS, replica))) {
                made.add(each.get(30, TimeUnit.SECONDS));
            }
            assertThat(made.stream().map(CertificateAuthority::certificate).distinct())
                    .hasSize(1);
            assertThat(made.stream().map(CertificateAuthority::key).distinct()).hasSize(1);
        }
    }

    @Test
    void keepsItsKeyOutOfTheDatabase() throws Exception {
        CertificateAuthority ca = start(directory.resolve("ca-key"));
        byte[] stored = jdbc.queryForList("SELECT sealed_key FROM certificate_authority", byte[].class)
                .getFirst();

        assertThat(text(stored)).doesNotContain(text(ca.key().getEncoded()).substring(40, 60));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca-key"))))
                .isEqualTo("rw-------");
    }

    @Test
    void isNotMadeAgainWhereTheFileIsMissingOrOfAnotherCloud() throws Exception {
        CertificateAuthority ca = start(directory.resolve("ca-key"));
        Path other = Files.writeString(directory.resolve("other"), "A".repeat(43) + "=");

        assertThatThrownBy(() -> start(directory.resolve("missing"))).hasMessageContaining("copy it from the replica");
        assertThatThrownBy(() -> start(other)).hasMessageContaining("of another cloud");
        assertThat(start(directory.resolve("ca-key")).certificate()).isEqualTo(ca.certificate());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
