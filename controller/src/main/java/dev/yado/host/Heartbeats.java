package dev.yado.host;

import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostOptions;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.ProtocolJson;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Reports that say nothing new, of many hosts in one statement. It is the database that decides, row by row: the host is known and
 * alive, this is the report after the last one, and the facts are those that it has. Whatever is not so goes the long way. Hence
 * replicas need not know of each other.
 */
@Component
class Heartbeats {
    /** Nobody waits for what a heartbeat says, so it may wait for others. */
    private static final Duration LINGER = Duration.ofMillis(40);

    private final JdbcTemplate jdbc;
    private final HostSettings settings;
    private final Object lock = new Object();
    private List<Waiting> waiting = new ArrayList<>();

    Heartbeats(JdbcTemplate jdbc, HostSettings settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    private record Waiting(HostReport report, CompletableFuture<Boolean> taken) {}

    private record Place(UUID host, long sequence) {}

    /** Says nothing of VMs and guests, so that it may be taken by {@link #take}. */
    static boolean isOne(HostReport report) {
        return !report.full() && report.vms().isEmpty() && report.disruptions().isEmpty();
    }

    /**
     * Returns when it is committed.
     *
     * @return false when it says something new after all, and nothing was written
     */
    boolean take(HostReport report) {
        Waiting mine = new Waiting(report, new CompletableFuture<>());
        boolean first;
        synchronized (lock) {
            first = waiting.isEmpty();
            waiting.add(mine);
        }
        if (first) {
            writeAfterAWhile();
        }
        return mine.taken().join();
    }

    /** The first of a batch writes it for all. */
    private void writeAfterAWhile() {
        try {
            Thread.sleep(LINGER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Waiting> batch;
        synchronized (lock) {
            batch = waiting;
            waiting = new ArrayList<>();
        }
        try {
            Set<Place> written = write(batch.stream().map(Waiting::report).toList());
            batch.forEach(one -> one.taken()
                    .complete(written.contains(new Place(
                            one.report().hostId().value(), one.report().sequence()))));
        } catch (RuntimeException e) {
            // Each of them meets the cause itself on the long way.
            batch.forEach(one -> one.taken().complete(false));
        }
    }

    /** Rows that somebody else holds at this moment, to place a VM there say, are not waited for. */
    private Set<Place> write(List<HostReport> reports) {
        return new HashSet<>(jdbc.query(
                """
                WITH told AS (
                    SELECT h.id, r.sequence, r.disk_free
                    FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint[])
                        AS r (id, incarnation, sequence, digest, disk_free)
                    JOIN host h ON h.id = r.id AND h.incarnation = r.incarnation AND h.sequence = r.sequence - 1
                        AND h.facts_digest = r.digest AND h.lease_until > now()
                    ORDER BY h.id FOR NO KEY UPDATE OF h SKIP LOCKED)
                UPDATE host h SET sequence = told.sequence, disk_free_mib = told.disk_free, last_report_at = now(),
                    lease_until = now() + ? * interval '1 second'
                FROM told WHERE h.id = told.id RETURNING h.id, h.sequence
                """,
                (row, _) -> new Place(row.getObject("id", UUID.class), row.getLong("sequence")),
                column(reports, UUID[]::new, report -> report.hostId().value()),
                column(reports, Long[]::new, HostReport::incarnation),
                column(reports, Long[]::new, HostReport::sequence),
                column(reports, String[]::new, Heartbeats::digest),
                column(
                        reports,
                        Long[]::new,
                        report -> report.facts().capacity().diskFree().value()),
                settings.lease().toSeconds()));
    }

    private static <T> Object column(List<HostReport> reports, IntFunction<T[]> array, Function<HostReport, T> value) {
        return reports.stream().map(value).toArray(array);
    }

    /** Of all that a host says about itself, but not what changes all the time. */
    private record Said(
            String name,
            String url,
            String bootId,
            int cpus,
            long memory,
            long disk,
            Object architecture,
            Object accelerator,
            Object selfTest,
            String qemuVersion,
            String agentVersion,
            @Nullable NetworkFacts network,
            @Nullable MovesSaid migration,
            @Nullable BackupFacts backup,
            @Nullable HostOptions options) {}

    static String digest(HostReport report) {
        HostFacts facts = report.facts();
        byte[] said = ProtocolJson.mapper()
                .writeValueAsBytes(new Said(
                        report.name(),
                        report.url(),
                        report.bootId(),
                        facts.capacity().cpus(),
                        facts.capacity().memory().value(),
                        facts.capacity().disk().value(),
                        facts.architecture(),
                        facts.accelerator(),
                        facts.selfTest(),
                        facts.qemuVersion(),
                        facts.agentVersion(),
                        facts.network(),
                        MovesSaid.of(facts.migration()),
                        facts.backup(),
                        report.options()));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(said));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
