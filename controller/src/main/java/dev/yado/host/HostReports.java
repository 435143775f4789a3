package dev.yado.host;

import dev.yado.drift.Drift;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.operation.Operations;
import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.vm.Disruptions;
import dev.yado.vm.VmReports;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes hosts' reports, each in one transaction: the host's row with its lease, its VMs, and the wake-ups of the operations that
 * wait for them. A host joins by its first report. Reports come in order: the host's row holds (incarnation, sequence) of the
 * newest, and one that is not newer changes nothing.
 */
@Service
public class HostReports {
    private static final Logger LOG = LoggerFactory.getLogger(HostReports.class);

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;
    private final VmReports vms;
    private final Operations operations;
    private final Disruptions disruptions;
    private final Drift drift;
    private final HostSettings settings;
    private final Heartbeats heartbeats;

    HostReports(
            JdbcTemplate jdbc,
            TransactionTemplate transactions,
            VmReports vms,
            Disruptions disruptions,
            Operations operations,
            HostSettings settings,
            Heartbeats heartbeats,
            Drift drift) {
        this.drift = drift;
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.vms = vms;
        this.disruptions = disruptions;
        this.operations = operations;
        this.settings = settings;
        this.heartbeats = heartbeats;
    }

    /** What was known of the host before this report. */
    private record Known(long incarnation, long sequence, boolean alive, HostFactsKey facts) {
        boolean precedes(HostReport report) {
            return incarnation < report.incarnation()
                    || incarnation == report.incarnation() && sequence < report.sequence();
        }

        boolean misses(HostReport report) {
            return !report.full() && (incarnation != report.incarnation() || sequence + 1 != report.sequence());
        }
    }

    /** What makes a host fit or not. */
    private record HostFactsKey(
            int cpus,
            long memory,
            long disk,
            String accelerator,
            @Nullable NetworkFacts network,
            @Nullable MovesSaid migration,
            @Nullable BackupFacts backup) {
        static HostFactsKey of(HostFacts facts) {
            HostCapacity capacity = facts.capacity();
            return new HostFactsKey(
                    capacity.cpus(),
                    capacity.memory().value(),
                    capacity.disk().value(),
                    facts.accelerator().name(),
                    facts.network(),
                    MovesSaid.of(facts.migration()),
                    facts.backup());
        }
    }

    /** @throws YadoException {@code CONFLICT} when another host has the name */
    public HostReportAnswer accept(HostReport report) {
        return accept(report, null);
    }

    /** The report of a simulated host; the first one makes it that simulator's for ever. */
    HostReportAnswer acceptSimulated(HostReport report, UUID simulator) {
        return accept(report, simulator);
    }

    private HostReportAnswer accept(HostReport report, @Nullable UUID simulator) {
        int lease = Math.toIntExact(settings.lease().toSeconds());
        if (Heartbeats.isOne(report) && heartbeats.take(report)) {
            return new HostReportAnswer(lease, false);
        }
        return Objects.requireNonNull(transactions.execute(_ -> {
            Optional<Known> known = lock(report.hostId());
            if (known.isEmpty()) {
                insert(report, simulator);
            } else if (known.get().precedes(report)) {
                update(report);
            } else {
                Measure.count(Metric.REPORTS_STALE);
                replayed(report, known.get());
                return new HostReportAnswer(lease, false);
            }
            // Before the others: a VM that is handed over at this moment belongs to the host in one of the two.
            Set<VmId> changed = new HashSet<>(recordArriving(report.hostId(), report.vms()));
            changed.addAll(vms.record(report.hostId(), report.vms()));
            if (report.full()) {
                changed.addAll(vms.recordMissing(report.hostId(), report.vms()));
                recordOrphans(report);
            }
            disruptions.record(report.hostId(), report.disruptions());
            wake(report, known, changed);
            boolean sendFull = known.map(before -> before.misses(report)).orElse(!report.full())
                    || report.full() && vms.spares(report.hostId(), report.vms());
            return new HostReportAnswer(lease, sendFull);
        }));
    }

    /** What is said of VMs that are to come to the host. They are not its own yet, so it counts when they are. */
    private List<VmId> recordArriving(HostId host, List<VmReport> reports) {
        if (reports.isEmpty()) {
            return List.of();
        }
        return jdbc.query(
                """
                UPDATE claim c SET report = r.report::jsonb FROM unnest(?::uuid[], ?::text[]) AS r (id, report)
                WHERE c.host_id = ? AND c.arriving AND c.vm_id = r.id RETURNING c.vm_id
                """,
                (row, _) -> new VmId(row.getObject("vm_id", UUID.class)),
                reports.stream().map(report -> report.id().value()).toArray(UUID[]::new),
                reports.stream().map(ProtocolJson.mapper()::writeValueAsString).toArray(String[]::new),
                host.value());
    }

    private void replayed(HostReport report, Known newest) {
        drift.healed(
                DriftKind.REPORT_REPLAYED,
                report.hostId(),
                null,
                "host " + report.name(),
                "newer than report " + newest.incarnation() + "/" + newest.sequence(),
                "report " + report.incarnation() + "/" + report.sequence(),
                "it was dropped");
    }

    private Optional<Known> lock(HostId id) {
        return jdbc
                .query(
                        """
                        SELECT incarnation, sequence, lease_until > now() AS alive, cpus, memory_mib, disk_mib, accelerator,
                            network, migration, backup
                        FROM host WHERE id = ? FOR NO KEY UPDATE
                        """,
                        (row, _) -> new Known(
                                row.getLong("incarnation"),
                                row.getLong("sequence"),
                                row.getBoolean("alive"),
                                new HostFactsKey(
                                        row.getInt("cpus"),
                                        row.getLong("memory_mib"),
                                        row.getLong("disk_mib"),
                                        row.getString("accelerator"),
                                        HostRow.network(row),
                                        MovesSaid.of(HostRow.migration(row)),
                                        HostRow.backup(row))),
                        id.value())
                .stream()
                .findFirst();
    }

    private void wake(HostReport report, Optional<Known> known, Set<VmId> changed) {
        Set<UUID> targets = new HashSet<>();
        changed.forEach(vm -> targets.add(vm.value()));
        boolean back = known.isPresent() && (!known.get().alive() || known.get().incarnation() != report.incarnation());
        if (back) {
            LOG.info("host {} ({}) is back", report.name(), report.hostId());
            targets.addAll(jdbc.queryForList(
                    "SELECT vm_id FROM allocation WHERE host_id = ?",
                    UUID.class,
                    report.hostId().value()));
        }
        operations.wake(targets);
        if (known.isEmpty() || back || !known.get().facts().equals(HostFactsKey.of(report.facts()))) {
            operations.wakeTopic(Fleet.CAPACITY);
        }
    }

    private void insert(HostReport report, @Nullable UUID simulator) {
        try {
            jdbc.update("""
                    INSERT INTO host (name, url, boot_id, incarnation, sequence, cpus, memory_mib, disk_mib, disk_free_mib,
                        architecture, accelerator, self_test, qemu_version, agent_version, network, migration, backup, options, facts_digest, last_report_at,
                        lease_until, id, simulated, simulator_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb, ?, now(), now() + ? * interval '1 second', ?, ?, ?)
                    """, with(columns(report), simulator != null, simulator));
            LOG.info("host {} ({}) has joined from {}", report.name(), report.hostId(), report.url());
        } catch (DuplicateKeyException e) {
            throw nameTaken(report, e);
        }
    }

    private void update(HostReport report) {
        try {
            jdbc.update("""
                    UPDATE host SET name = ?, url = ?, boot_id = ?, incarnation = ?, sequence = ?, cpus = ?, memory_mib = ?,
                        disk_mib = ?, disk_free_mib = ?, architecture = ?, accelerator = ?, self_test = ?::jsonb, qemu_version = ?,
                        agent_version = ?, network = ?::jsonb, migration = ?::jsonb, backup = ?::jsonb, options = coalesce(?::jsonb, options),
                        facts_digest = ?, last_report_at = now(), lease_until = now() + ? * interval '1 second'
                    WHERE id = ?
                    """, columns(report));
        } catch (DuplicateKeyException e) {
            throw nameTaken(report, e);
        }
    }

    private static YadoException nameTaken(HostReport report, DuplicateKeyException e) {
        return new YadoException(
                ErrorCode.CONFLICT,
                "another host is named " + report.name() + ": give host " + report.hostId() + " a name of its own",
                e);
    }

    private static @Nullable Object[] with(@Nullable Object[] columns, @Nullable Object... more) {
        @Nullable Object[] all = Arrays.copyOf(columns, columns.length + more.length);
        System.arraycopy(more, 0, all, columns.length, more.length);
        return all;
    }

    private @Nullable Object[] columns(HostReport report) {
        HostFacts facts = report.facts();
        HostCapacity capacity = facts.capacity();
        return new @Nullable Object[] {
            report.name(),
            report.url(),
            report.bootId(),
            report.incarnation(),
            report.sequence(),
            capacity.cpus(),
            capacity.memory().value(),
            capacity.disk().value(),
            capacity.diskFree().value(),
            facts.architecture().name(),
            facts.accelerator().name(),
            ProtocolJson.mapper().writeValueAsString(facts.selfTest()),
            facts.qemuVersion(),
            facts.agentVersion(),
            facts.network() == null ? null : ProtocolJson.mapper().writeValueAsString(facts.network()),
            facts.migration() == null ? null : ProtocolJson.mapper().writeValueAsString(facts.migration()),
            facts.backup() == null ? null : ProtocolJson.mapper().writeValueAsString(facts.backup()),
            report.options() == null ? null : ProtocolJson.mapper().writeValueAsString(report.options()),
            Heartbeats.digest(report),
            settings.lease().toSeconds(),
            report.hostId().value()
        };
    }

    /** VMs that the host holds and that are not placed on it. They are shown to the administrator and left alone. */
    private void recordOrphans(HostReport report) {
        List<VmReport> held = report.vms().stream()
                .filter(vm -> vm.state() != ObservedState.ABSENT)
                .toList();
        UUID[] ids = held.stream().map(vm -> vm.id().value()).toArray(UUID[]::new);
        String[] states = held.stream().map(vm -> vm.state().name()).toArray(String[]::new);
        jdbc.update(
                """
                DELETE FROM host_orphan WHERE host_id = ? AND (NOT vm_id = ANY (?::uuid[])
                    OR vm_id IN (SELECT vm_id FROM allocation WHERE host_id = ? UNION ALL SELECT vm_id FROM claim WHERE host_id = ?))
                """,
                report.hostId().value(),
                ids,
                report.hostId().value(),
                report.hostId().value());
        List<UUID> orphans = jdbc.queryForList(
                """
                INSERT INTO host_orphan (host_id, vm_id, state)
                SELECT ?, r.id, r.state FROM unnest(?::uuid[], ?::text[]) AS r (id, state)
                WHERE NOT EXISTS (SELECT FROM allocation a WHERE a.vm_id = r.id AND a.host_id = ?)
                    AND NOT EXISTS (SELECT FROM claim c WHERE c.vm_id = r.id AND c.host_id = ?)
                ON CONFLICT (host_id, vm_id) DO UPDATE SET state = excluded.state, last_seen_at = now()
                RETURNING CASE WHEN first_seen_at = last_seen_at THEN vm_id END
                """,
                UUID.class,
                report.hostId().value(),
                ids,
                states,
                report.hostId().value(),
                report.hostId().value());
        orphans.stream()
                .filter(Objects::nonNull)
                .forEach(vm -> LOG.warn(
                        "host {} holds VM {}, which is not placed on it; it is left alone", report.name(), vm));
    }
}
