package dev.yado.trust;

import dev.yado.protocol.trust.Machine;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What was revoked and has not expired yet: at most {@link #FRESH} old, new at once in the replica that revokes. While the database
 * does not answer, the last known set holds.
 */
@Component
class Revocations {
    static final Duration FRESH = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);
    private final JdbcTemplate jdbc;
    private final TransactionTemplate ownTransaction;
    private final ReentrantLock loading = new ReentrantLock();
    private volatile Known known = new Known(Set.of(), Set.of(), System.nanoTime() - FRESH.toNanos() - 1);

    private record Known(Set<String> serials, Set<UUID> machines, long at) {}

    Revocations(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.ownTransaction = new TransactionTemplate(transactions);
        ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        ownTransaction.setReadOnly(true);
    }

    boolean has(X509Certificate certificate) {
        return known().serials().contains(Certificates.serial(certificate));
    }

    /** True until it has joined again. */
    boolean has(Machine machine) {
        return known().machines().contains(machine.id());
    }

    /** To be called after the commit that revoked. */
    void reload() {
        loading.lock();
        try {
            known = Objects.requireNonNull(ownTransaction.execute(_ -> read()));
        } finally {
            loading.unlock();
        }
    }

    private Known read() {
        return new Known(
                Set.copyOf(jdbc.queryForList(
                        "SELECT serial FROM machine_certificate WHERE revoked_at IS NOT NULL AND not_after > now()",
                        String.class)),
                Set.copyOf(jdbc.queryForList("SELECT id FROM machine WHERE revoked_at IS NOT NULL", UUID.class)),
                System.nanoTime());
    }

    private Known known() {
        if (System.nanoTime() - known.at() > FRESH.toNanos() && loading.tryLock()) {
            try {
                reload();
            } catch (DataAccessException | TransactionException unanswered) {
                LOG.warn("cannot read what was revoked, going on with what is known: {}", unanswered.getMessage());
            } finally {
                loading.unlock();
            }
        }
        return known;
    }
}
