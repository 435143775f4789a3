package dev.yado.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.vm.VmRecords;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** What flows and reconcilers read and write of backups, each in the transaction of its step. */
@Service
public class BackupRecords {
    private final JdbcTemplate jdbc;
    private final BackupRows rows;
    private final VmRecords vms;

    BackupRecords(JdbcTemplate jdbc, BackupRows rows, VmRecords vms) {
        this.jdbc = jdbc;
        this.rows = rows;
        this.vms = vms;
    }

    public Optional<Backup> of(BackupId id) {
        return rows.get(id);
    }

    /** Until the end of the transaction nobody else changes it. */
    public Optional<Backup> lock(BackupId id) {
        return rows.lock(id);
    }

    /**
     * Another attempt, by this host, of the VM as it is now. What the one before may have left is tidied up by others.
     *
     * @return the backup as it is from now on
     */
    public Backup attempt(Backup backup, HostId host) {
        abandon(backup);
        BackupId job = backup.attempts() == 0 ? backup.job() : BackupId.random();
        BackedUp content = vms.view(backup.vm()).map(BackedUp::of).orElse(backup.content());
        rows.attempt(backup, job, host, previous(backup), content);
        return rows.get(backup.id()).orElseThrow();
    }

    /** The newest of the VM that is whole in the same repository. */
    private @Nullable BackupId previous(Backup backup) {
        return rows
                .find(
                        "vm_id = ? AND marker = ? AND state = 'AVAILABLE' ORDER BY id DESC LIMIT 1",
                        backup.vm().value(),
                        backup.marker())
                .stream()
                .map(Backup::job)
                .findFirst()
                .orElse(null);
    }

    public void said(BackupId id, BackupAnswer answer) {
        rows.said(id, answer);
    }

    /** The host has put it into the repository and has read it there again. */
    public void available(BackupId id, BackupAnswer answer) {
        BackupAnswer.Point point = answer.point();
        if (point == null || answer.result() == null) {
            throw new IllegalStateException("the host says that it is done, and not when it was taken: " + answer);
        }
        rows.available(id, answer, point);
    }

    /** It is not going to be there; nothing happens to one that is there, or that has its reason already. */
    public void fail(Backup backup, String reason) {
        abandon(backup);
        rows.fail(backup.id(), reason);
    }

    /** What the present attempt may have left. */
    private void abandon(Backup backup) {
        HostId host = backup.host();
        BackupAnswer answer = backup.answer();
        boolean nothing = answer != null
                && (answer.phase() == BackupAnswer.Phase.FAILED || answer.phase() == BackupAnswer.Phase.CANCELLED);
        if (backup.verifiedAt() == null && host != null && !nothing) {
            jdbc.update(
                    """
                    INSERT INTO backup_leftover (job_id, operation_id, vm_id, host_id, repository) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (job_id) DO NOTHING
                    """,
                    backup.job().value(),
                    backup.operation().value(),
                    backup.vm().value(),
                    host.value(),
                    backup.repository());
        }
    }

    /** Of hosts that can be asked, the oldest first. */
    public List<Leftover> leftovers() {
        return jdbc.query(
                """
                SELECT l.* FROM backup_leftover l JOIN host h ON h.id = l.host_id WHERE h.lease_until > now()
                ORDER BY l.created_at LIMIT 100
                """,
                (row, _) -> new Leftover(
                        new BackupId(row.getObject("job_id", UUID.class)),
                        new OperationId(row.getObject("operation_id", UUID.class)),
                        new VmId(row.getObject("vm_id", UUID.class)),
                        new HostId(row.getObject("host_id", UUID.class)),
                        row.getString("repository")));
    }

    /** Nothing of the attempt is left. */
    public void tidied(Leftover leftover) {
        jdbc.update(
                "DELETE FROM backup_leftover WHERE job_id = ?", leftover.job().value());
    }

    /** Those that are being taken, or are to go, and for which no operation is open. */
    public List<Backup> unattended() {
        return rows.find("""
                state IN ('TAKING', 'DELETING')
                    AND NOT EXISTS (SELECT FROM operation o WHERE o.target_id = backup.id AND o.ended_at IS NULL)
                """);
    }

    /** One that is being taken and finds its changes against it. */
    public Optional<Backup> needing(Backup backup) {
        return rows
                .find(
                        "previous_job = ? AND state = 'TAKING' LIMIT 1",
                        backup.job().value())
                .stream()
                .findFirst();
    }

    /** A VM that is being made from it, or whose host may still read from it, by name. */
    Optional<String> inUse(Backup backup) {
        return jdbc
                .queryForList(
                        """
                        SELECT v.name FROM vm_disk d JOIN vm v ON v.id = d.vm_id
                        WHERE d.origin_backup = ? AND v.desired_state <> 'DELETED'
                            AND (v.restoring OR v.observed_settled IS NOT TRUE)
                        UNION ALL
                        SELECT v.name FROM snapshot s JOIN vm v ON v.id = s.vm_id
                        WHERE s.state = 'TAKING' AND s.restored ->> 'backup' = ?::text LIMIT 1
                        """, String.class, backup.job().value(), backup.job().value())
                .stream()
                .findFirst();
    }

    /** It stays what it was: whole in its repository, or not there. */
    public void deletionCalledOff(Backup backup) {
        boolean whole = backup.verifiedAt() != null;
        if (!whole) {
            abandon(backup);
        }
        rows.state(backup.id(), whole ? Backup.State.AVAILABLE : Backup.State.FAILED, backup.operation());
    }

    /** Nothing of it is in the repository any more. */
    public void remove(BackupId id) {
        rows.delete(id);
    }
}
