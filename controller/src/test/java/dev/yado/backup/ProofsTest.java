package dev.yado.backup;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.api.PageRequest;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.Operations;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.VmId;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

@Timeout(60)
class ProofsTest {
    private final TestingCloud cloud = new TestingCloud();
    private ControllerReplica replica;

    @BeforeEach
    void begin() {
        cloud.host(16, 16_384);
        replica = cloud.replica();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void provesABackupByAGuestThatSpeaksAndLeavesNothingOfIt() {
        VmId vm = cloud.running(replica);
        BackupId backup = cloud.backup(replica, vm);

        // Samples go on by the controller's own looks.
        await().atMost(20, SECONDS).until(() -> {
            proofs(Duration.ofMillis(1), Duration.ofMinutes(1)).go();
            return get(backup).provenAt() != null;
        });

        assertThat(get(backup).restoreSeconds()).isPositive();
        assertThat(proof()).containsEntry("state", "PROVEN").containsEntry("sign", "login: ");
        assertThat(replica.part(Coverage.class)
                        .list(cloud.caller(), PageRequest.of("backup-coverage", 10, null))
                        .items())
                .singleElement()
                .satisfies(covered -> assertThat(covered.proven())
                        .isNotNull()
                        .satisfies(proven -> assertThat(proven.backup()).isEqualTo(backup)));
        await().atMost(20, SECONDS).until(() -> Boolean.TRUE.equals(proof().get("cleaned")));
        assertThat(cloud.jdbc().queryForList("SELECT id FROM vm")).hasSize(1);
    }

    @Test
    void saysThatAGuestHasGivenNoSignOfLife() {
        cloud.silenceGuests(true);
        BackupId backup = cloud.backup(replica, cloud.running(replica));

        await().atMost(20, SECONDS).until(() -> {
            proofs(Duration.ofMillis(1), Duration.ofMillis(500)).go();
            return "FAILED".equals(proof().get("state"));
        });

        assertThat((String) proof().get("reason")).startsWith("no sign of life");
        assertThat(get(backup).provenAt()).isNull();
        await().atMost(20, SECONDS).until(() -> Boolean.TRUE.equals(proof().get("cleaned")));
    }

    private Proofs proofs(Duration every, Duration patience) {
        return new Proofs(
                replica.part(JdbcTemplate.class),
                replica.part(BackupRows.class),
                replica.part(Restores.class),
                replica.vms(),
                replica.part(VmRecords.class),
                replica.part(Operations.class),
                replica.part(SignsOfLife.class),
                new BackupSettings(Duration.ofHours(2), every, patience),
                replica.part(TransactionTemplate.class));
    }

    private Backup get(BackupId backup) {
        return replica.backups().get(cloud.caller(), backup);
    }

    private Map<String, Object> proof() {
        return cloud.jdbc().queryForList("SELECT * FROM backup_proof").stream()
                .findFirst()
                .orElse(Map.of());
    }
}
