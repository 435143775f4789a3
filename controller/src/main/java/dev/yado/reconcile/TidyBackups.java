package dev.yado.reconcile;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.backup.Backup;
import dev.yado.backup.BackupRecords;
import dev.yado.backup.Backups;
import dev.yado.backup.Leftover;
import dev.yado.host.BackupAgents;
import dev.yado.protocol.CallFence;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Tidies up after backups that nobody waits for any more: hosts that are still at them break them off, and what they have put into a
 * repository goes from it. One whose operation was lost has failed; a deletion that was lost begins again.
 */
@Component
class TidyBackups implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(TidyBackups.class);

    private final BackupRecords records;
    private final Backups backups;
    private final BackupAgents hosts;
    private final TransactionTemplate transactions;

    TidyBackups(BackupRecords records, Backups backups, BackupAgents hosts, TransactionTemplate transactions) {
        this.records = records;
        this.backups = backups;
        this.hosts = hosts;
        this.transactions = transactions;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void scan() {
        records.unattended().forEach(this::attend);
        // A host that is slow keeps nobody waiting for the others.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            records.leftovers().forEach(leftover -> threads.execute(() -> tidy(leftover)));
        }
    }

    private void attend(Backup backup) {
        switch (backup.state()) {
            case TAKING ->
                transactions.executeWithoutResult(_ -> records.lock(backup.id())
                        .filter(now -> now.operation().equals(backup.operation()))
                        .ifPresent(now ->
                                records.fail(now, "its operation " + now.operation() + " has ended without it")));
            case DELETING -> backups.delete(new Caller.Administrator(null), backup.id(), IfMatch.ANY);
            case AVAILABLE, FAILED -> {}
        }
    }

    private void tidy(Leftover leftover) {
        // As if it were the operation's last call: what its dead runners still have under way is older.
        CallFence fence = new CallFence(leftover.operation(), "tidy", Long.MAX_VALUE);
        try {
            if (hosts.backupOf(leftover.host())
                    .cancelBackup(fence, leftover.vm(), leftover.job())
                    .phase()
                    .over()) {
                hosts.repositoryOf(leftover.host()).forgetBackup(fence, leftover.repository(), leftover.job());
                records.tidied(leftover);
            }
        } catch (RuntimeException e) {
            LOG.debug("what host {} has left of backup {} stays for now", leftover.host(), leftover.job(), e);
        }
    }
}
