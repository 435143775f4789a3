package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.operation.Operations;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Proves backups: a VM is made from one, whole and without network, in a tenant of nobody's; when its guest says something on its console the
 * backup is proven, and how long that took is written down; then the sample goes. One at a time, of the VM that has waited longest. All
 * progress is in rows, so that any replica may look at any time.
 */
@Service
public class Proofs {
    private static final Logger LOG = LoggerFactory.getLogger(Proofs.class);
    private static final TenantId NOBODY = new TenantId(UUID.fromString("00000000-0000-7000-8000-000000000001"));
    private static final Caller OWNER = new Caller.Administrator(NOBODY);
    private static final int LONGEST_SIGN = 2000;

    private final JdbcTemplate jdbc;
    private final BackupRows rows;
    private final Restores restores;
    private final Vms vms;
    private final VmRecords records;
    private final Operations operations;
    private final SignsOfLife signs;
    private final BackupSettings settings;
    private final TransactionTemplate transactions;

    Proofs(
            JdbcTemplate jdbc,
            BackupRows rows,
            Restores restores,
            Vms vms,
            VmRecords records,
            Operations operations,
            SignsOfLife signs,
            BackupSettings settings,
            TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.rows = rows;
        this.restores = restores;
        this.vms = vms;
        this.records = records;
        this.operations = operations;
        this.signs = signs;
        this.settings = settings;
        this.transactions = transactions;
    }

    private record Proof(UUID id, BackupId backup, VmId sample, boolean running, Instant beganAt) {}

    /** One look at the sample that runs, at what is left of others, and at whether it is time for the next. */
    public void go() {
        for (Proof proof : find("NOT cleaned ORDER BY began_at")) {
            if (proof.running()) {
                look(proof);
            } else {
                clean(proof);
            }
        }
        if (!settings.proveEvery().isZero() && isTime()) {
            next().ifPresent(this::begin);
        }
    }

    private void look(Proof proof) {
        Optional<VmView> sample = records.view(proof.sample());
        Duration took = Duration.between(proof.beganAt(), Instant.now());
        if (sample.isEmpty()) {
            failed(proof, "the sample is gone");
            return;
        }
        VmView vm = sample.get();
        if (vm.state() == VmState.RUNNING) {
            Optional<String> words = signs.lastWords(vm.id()).filter(said -> !said.isBlank());
            if (words.isPresent()) {
                proven(proof, words.get(), took);
                return;
            }
        }
        if (vm.state() == VmState.FAILED || vm.state() == VmState.CRASHED || vm.state() == VmState.STOPPED) {
            failed(proof, "the sample is " + vm.state() + ": " + vm.stateReason());
        } else if (took.compareTo(settings.provePatience()) > 0) {
            failed(
                    proof,
                    "no sign of life in " + took.toMinutes() + " min: the sample is " + vm.state()
                            + (vm.stateReason() == null ? "" : ", " + vm.stateReason()));
        }
    }

    private void proven(Proof proof, String words, Duration took) {
        double seconds = took.toMillis() / 1e3;
        String sign = words.length() > LONGEST_SIGN ? words.substring(words.length() - LONGEST_SIGN) : words;
        transactions.executeWithoutResult(_ -> {
            int ended = jdbc.update("""
                    UPDATE backup_proof SET state = 'PROVEN', sign = ?, seconds = ?, ended_at = clock_timestamp()
                    WHERE id = ? AND state = 'RUNNING'
                    """, sign, seconds, proof.id());
            if (ended > 0) {
                rows.proven(proof.backup(), seconds);
                LOG.info("backup {} is proven: its guest was there after {} s", proof.backup(), seconds);
            }
        });
    }

    private void failed(Proof proof, String reason) {
        int ended = jdbc.update(
                "UPDATE backup_proof SET state = 'FAILED', reason = ?, ended_at = clock_timestamp() WHERE id = ? AND state = 'RUNNING'",
                reason,
                proof.id());
        if (ended > 0) {
            LOG.warn("backup {} could not be proven: {}", proof.backup(), reason);
        }
    }

    private void clean(Proof proof) {
        Optional<VmView> sample = records.view(proof.sample());
        if (sample.isEmpty()) {
            jdbc.update("UPDATE backup_proof SET cleaned = true WHERE id = ?", proof.id());
        } else if (sample.get().state() != VmState.DELETING) {
            vms.delete(OWNER, proof.sample());
        }
    }

    private boolean isTime() {
        return jdbc.queryForList("""
                        SELECT 1 FROM backup_proof WHERE NOT cleaned OR began_at > now() - ? * interval '1 second' LIMIT 1
                        """, Integer.class, settings.proveEvery().toMillis() / 1e3)
                .isEmpty();
    }

    /** The newest backup of the VM that has waited longest. */
    private Optional<Backup> next() {
        double every = settings.proveEvery().toMillis() / 1e3;
        return rows.find("""
                        state = 'AVAILABLE' AND verified_at < now() - ? * interval '1 second'
                            AND NOT EXISTS (SELECT FROM backup_proof p WHERE p.backup_id = backup.id)
                            AND NOT EXISTS (SELECT FROM backup n WHERE n.vm_id = backup.vm_id AND n.state = 'AVAILABLE' AND n.id > backup.id)
                        ORDER BY (SELECT max(p.began_at) FROM backup_proof p JOIN backup o ON o.id = p.backup_id WHERE o.vm_id = backup.vm_id)
                            NULLS FIRST, id LIMIT 1
                        """, every).stream().findFirst();
    }

    private void begin(Backup backup) {
        try {
            transactions.executeWithoutResult(_ -> {
                jdbc.update(
                        "INSERT INTO tenant (id, name) VALUES (?, 'yado-proof') ON CONFLICT DO NOTHING",
                        NOBODY.value());
                UUID id = UuidV7.next();
                var operation = restores.sample(OWNER, backup.id(), "proof-" + id);
                UUID sample = operations.find(operation).orElseThrow().targetId();
                jdbc.update(
                        "INSERT INTO backup_proof (id, backup_id, sample_vm, state) VALUES (?, ?, ?, 'RUNNING')",
                        id,
                        backup.id().value(),
                        sample);
            });
        } catch (DuplicateKeyException another) {
            LOG.debug("another controller has begun a proof at the same moment");
        } catch (YadoException refused) {
            LOG.info("backup {} cannot be proven now: {}", backup.id(), refused.getMessage());
        }
    }

    private List<Proof> find(String condition) {
        return jdbc.query(
                "SELECT id, backup_id, sample_vm, state, began_at FROM backup_proof WHERE " + condition,
                (row, _) -> new Proof(
                        row.getObject("id", UUID.class),
                        new BackupId(row.getObject("backup_id", UUID.class)),
                        new VmId(row.getObject("sample_vm", UUID.class)),
                        row.getString("state").equals("RUNNING"),
                        row.getObject("began_at", OffsetDateTime.class).toInstant()));
    }

    /** Whose samples are. */
    static TenantId nobody() {
        return NOBODY;
    }
}
