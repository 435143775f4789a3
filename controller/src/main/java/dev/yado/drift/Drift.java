package dev.yado.drift;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.DriftKind.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** The ledger: compares, remembers, tells, and takes the administrator's word on what nobody knows. */
@Service
public class Drift {
    /** One replica compares at a time; another one waits for its turn, which takes milliseconds. */
    private static final long LOCK = 0x7961_646f_6472_6966L;

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;
    private final DriftRows rows;
    private final Comparison comparison;
    private final Invariants invariants;
    private final Alerts alerts;
    private final DriftSettings settings;

    Drift(
            JdbcTemplate jdbc,
            TransactionTemplate transactions,
            DriftRows rows,
            Comparison comparison,
            Invariants invariants,
            Alerts alerts,
            DriftSettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.rows = rows;
        this.comparison = comparison;
        this.invariants = invariants;
        this.alerts = alerts;
        this.settings = settings;
    }

    /** Removes what was healed longer ago. Safe at any time, in every replica. @return how many are gone */
    public int prune(Duration keep) {
        return jdbc.update("DELETE FROM drift WHERE healed_at < now() - ? * interval '1 second'", keep.toSeconds());
    }

    public DriftSettings settings() {
        return settings;
    }

    /** Compares all that there is, and raises or ends the alerts of what lasts. Any replica may, as often as it likes. */
    public void compare() {
        alone(() -> {
            rows.sync(DriftRows.Seer.CONTROLLER, null, Comparison.KINDS, comparison.now());
            tell();
        });
    }

    /** Looks for rows that contradict each other. */
    public void checkInvariants() {
        alone(() -> {
            List<DriftSight> sights = new ArrayList<>();
            invariants
                    .violations()
                    .forEach((wrong, found) -> found.forEach(row -> sights.add(new DriftSight(
                            DriftKind.INVARIANT_BROKEN,
                            null,
                            null,
                            wrong + ": " + row,
                            "no such row",
                            "not asked",
                            row))));
            rows.sync(DriftRows.Seer.CONTROLLER, null, EnumSet.of(DriftKind.INVARIANT_BROKEN), sights);
            tell();
        });
    }

    private void alone(Runnable work) {
        transactions.executeWithoutResult(_ -> {
            jdbc.query("SELECT pg_advisory_xact_lock(?)", _ -> {}, LOCK);
            work.run();
        });
    }

    private void tell() {
        Map<Subject, String> silent = new LinkedHashMap<>();
        Map<Subject, String> lost = new LinkedHashMap<>();
        Map<Subject, String> warnings = new LinkedHashMap<>();
        Map<Subject, String> critical = new LinkedHashMap<>();
        for (DriftEntry entry : rows.lasting(EnumSet.allOf(DriftKind.class))) {
            String detail = entry.kind() + ", " + entry.object() + ": " + entry.real() + " instead of " + entry.wanted()
                    + ". " + entry.kind().advice();
            Subject self = new Subject("drift", entry.id().toString());
            switch (entry.kind()) {
                case HOST_SILENT -> silent.put(host(entry), detail);
                case HOST_LOST -> lost.put(host(entry), detail);
                default -> {
                    if (entry.kind().severity() == Severity.CRITICAL) {
                        critical.put(self, detail);
                    } else if (entry.kind().severity() == Severity.WARNING) {
                        warnings.put(self, detail);
                    }
                }
            }
        }
        alerts.holds(AlertCode.HOST_SILENT, silent);
        alerts.holds(AlertCode.HOST_LOST, lost);
        alerts.holds(AlertCode.DRIFT, warnings);
        alerts.holds(AlertCode.DRIFT_CRITICAL, critical);
    }

    private static Subject host(DriftEntry entry) {
        HostId host = entry.host();
        return host == null ? new Subject("drift", entry.id().toString()) : Subject.of(host);
    }

    /** Notes what was found and is in order again, by the kind's rule. In the caller's transaction if there is one. */
    public void healed(
            DriftKind kind,
            @Nullable HostId host,
            @Nullable VmId vm,
            String object,
            String wanted,
            String reported,
            String real) {
        DriftSight sight = new DriftSight(
                kind,
                host == null ? null : host.value(),
                vm == null ? null : vm.value(),
                object,
                wanted,
                reported,
                real);
        rows.healed(UuidV7.next(), DriftRows.Seer.CONTROLLER, sight, Instant.now());
    }

    /** What lasts of these kinds, for the reconcilers that heal it. */
    public List<DriftEntry> lasting(Set<DriftKind> kinds) {
        return rows.lasting(kinds);
    }

    /** The newest entries of a VM, also those that are healed. */
    public List<DriftEntry> of(VmId vm, int limit) {
        return jdbc.query(
                DriftRows.SELECT + " WHERE d.vm_id = ? ORDER BY d.id DESC LIMIT ?",
                (row, _) -> DriftRows.read(row),
                vm.value(),
                limit);
    }

    /** What a list is narrowed to; null for all. */
    public record Filter(
            @Nullable HostId host,
            @Nullable VmId vm,
            @Nullable String kind,
            @Nullable String severity,
            boolean healed) {}

    /** Newest first. */
    public Page<DriftEntry> list(Caller caller, PageRequest request, Filter filter) {
        caller.requireAdministrator();
        StringBuilder sql = new StringBuilder(DriftRows.SELECT)
                .append(filter.healed() ? " WHERE true" : " WHERE d.status <> 'HEALED'");
        List<Object> arguments = new ArrayList<>();
        narrow(
                sql,
                arguments,
                "d.host_id",
                filter.host() == null ? null : filter.host().value());
        narrow(
                sql,
                arguments,
                "d.vm_id",
                filter.vm() == null ? null : filter.vm().value());
        narrow(sql, arguments, "d.kind", filter.kind());
        narrow(sql, arguments, "d.severity", filter.severity());
        if (request.after() != null) {
            sql.append(" AND d.id < ?");
            arguments.add(request.after());
        }
        sql.append(" ORDER BY d.id DESC LIMIT ?");
        arguments.add(request.rowsToRead());
        List<DriftEntry> found = jdbc.query(sql.toString(), (row, _) -> DriftRows.read(row), arguments.toArray());
        return Page.of(request, found, DriftEntry::id);
    }

    private static void narrow(StringBuilder sql, List<Object> arguments, String column, @Nullable Object value) {
        if (value != null) {
            sql.append(" AND ").append(column).append(" = ?");
            arguments.add(value);
        }
    }

    /** @throws YadoException {@code NOT_FOUND} */
    public DriftEntry get(Caller caller, UUID id) {
        caller.requireAdministrator();
        return find(id).orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "drift " + id + " does not exist"));
    }

    private Optional<DriftEntry> find(UUID id) {
        return jdbc.query(DriftRows.SELECT + " WHERE d.id = ?", (row, _) -> DriftRows.read(row), id).stream()
                .findFirst();
    }

    /**
     * The administrator says what is to become of a guest that nobody knows. A reconciler carries it out; asked again, the newer word
     * counts.
     *
     * @throws YadoException {@code CONFLICT} where nothing can be decided
     */
    public DriftEntry resolve(Caller caller, UUID id, DriftEntry.Resolution resolution) {
        DriftEntry entry = get(caller, id);
        if (entry.kind() != DriftKind.GUEST_WITHOUT_ROW || entry.status() == DriftStatus.HEALED) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    entry.status() == DriftStatus.HEALED
                            ? "it is over: healed by " + entry.healedBy()
                            : "nothing can be decided here: " + entry.kind().advice());
        }
        jdbc.update("""
                UPDATE drift SET resolution = ?, resolution_tenant_id = ?, resolution_note = 'asked for, not carried out yet'
                WHERE id = ? AND status <> 'HEALED'
                """, resolution.name(), caller.tenant().map(TenantId::value).orElse(null), id);
        return get(caller, id);
    }

    /** For whom an adopted guest is, when the administrator has named a tenant. */
    public Optional<TenantId> tenantOf(DriftEntry entry) {
        return jdbc.queryForList("SELECT resolution_tenant_id FROM drift WHERE id = ?", UUID.class, entry.id()).stream()
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .map(TenantId::new);
    }

    /** What became of the administrator's word so far. */
    public void note(DriftEntry entry, String note) {
        jdbc.update("UPDATE drift SET resolution_note = ? WHERE id = ?", note, entry.id());
    }
}
