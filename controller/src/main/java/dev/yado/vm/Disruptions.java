package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** The ledger of what the platform did to guests. However often a host tells of a disruption, it is written and summed up once. */
@Service
public class Disruptions {
    private static final Duration CLOCKS_DIFFER = Duration.ofDays(1);
    private static final int PRUNED_AT_ONCE = 1_000;

    private final JdbcTemplate jdbc;
    private final Vms vms;
    private final DisruptionSettings settings;

    Disruptions(JdbcTemplate jdbc, Vms vms, DisruptionSettings settings) {
        this.jdbc = jdbc;
        this.vms = vms;
        this.settings = settings;
    }

    /**
     * What a host tells, in the caller's transaction. Of VMs that are not its own and have not moved from or to it nothing is taken;
     * nor what is older than the ledger.
     */
    public void record(HostId host, List<Disruption> told) {
        Instant oldest = Instant.now().minus(settings.keep());
        Instant newest = Instant.now().plus(CLOCKS_DIFFER);
        List<Disruption> taken = told.stream()
                .filter(each -> each.at().isAfter(oldest) && each.at().isBefore(newest))
                .filter(each -> Double.isFinite(each.ms()) && each.ms() >= 0)
                .toList();
        if (taken.isEmpty()) {
            return;
        }
        jdbc.update(
                """
                WITH news AS (
                    INSERT INTO disruption (vm_id, at, kind, host_id, ms, detail)
                    SELECT r.vm_id, r.at, r.kind, ?, r.ms, r.detail
                    FROM unnest(?::uuid[], ?::timestamptz[], ?::text[], ?::double precision[], ?::text[]) AS r (vm_id, at, kind, ms, detail)
                    WHERE EXISTS (SELECT FROM allocation a WHERE a.vm_id = r.vm_id AND a.host_id = ?)
                        OR EXISTS (SELECT FROM migration m WHERE m.vm_id = r.vm_id AND ? IN (m.from_host, m.to_host))
                    ORDER BY r.vm_id, r.at, r.kind
                    ON CONFLICT DO NOTHING
                    RETURNING vm_id, at, kind, ms)
                INSERT INTO disruption_month (vm_id, month, kind, times, ms, longest_ms)
                SELECT vm_id, date_trunc('month', at AT TIME ZONE 'UTC')::date, kind, count(*), sum(ms), max(ms)
                FROM news GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                ON CONFLICT (vm_id, month, kind) DO UPDATE SET times = disruption_month.times + excluded.times,
                    ms = disruption_month.ms + excluded.ms, longest_ms = greatest(disruption_month.longest_ms, excluded.longest_ms)
                """,
                host.value(),
                column(taken, UUID[]::new, each -> each.vm().value()),
                column(taken, String[]::new, each -> each.at().toString()),
                column(taken, String[]::new, each -> each.kind().name()),
                column(taken, Double[]::new, Disruption::ms),
                column(taken, String[]::new, Disruptions::text),
                host.value(),
                host.value());
    }

    /** PostgreSQL has no text with NUL in it. */
    private static @Nullable String text(Disruption disruption) {
        String detail = disruption.detail();
        return detail == null ? null : detail.replace("\0", "");
    }

    private static <T> Object column(
            List<Disruption> told, IntFunction<T[]> array, Function<Disruption, @Nullable T> value) {
        return told.stream().map(value).toArray(array);
    }

    /** Newest first. @throws YadoException {@code NOT_FOUND} also for another tenant's VM */
    Page<DisruptionView> page(Caller caller, VmId vm, PageRequest request) {
        vms.get(caller, vm);
        List<Object> arguments = new ArrayList<>(List.of(vm.value()));
        UUID after = request.after();
        if (after != null) {
            arguments.add(DisruptionView.at(after).atOffset(ZoneOffset.UTC));
            arguments.add(kind(after).name());
        }
        arguments.add(request.rowsToRead());
        List<DisruptionView> found = jdbc.query(
                "SELECT * FROM disruption WHERE vm_id = ? " + (after == null ? "" : "AND (at, kind) < (?, ?) ")
                        + "ORDER BY at DESC, kind DESC LIMIT ?",
                (row, _) -> read(row),
                arguments.toArray());
        return Page.of(request, found, DisruptionView::place);
    }

    private static Disruption.Kind kind(UUID place) {
        try {
            return DisruptionView.kind(place);
        } catch (IllegalArgumentException e) {
            throw new YadoException(ErrorCode.INVALID_CURSOR, "the cursor is not one of this list", e);
        }
    }

    private static DisruptionView read(ResultSet row) throws SQLException {
        return new DisruptionView(
                row.getObject("at", OffsetDateTime.class).toInstant(),
                Disruption.Kind.valueOf(row.getString("kind")),
                row.getDouble("ms"),
                row.getString("detail"),
                new HostId(row.getObject("host_id", UUID.class)));
    }

    /** Of the last twelve months in which there were any, newest first. */
    List<DisruptionView.Sum> months(VmId vm) {
        return jdbc.query(
                """
                SELECT * FROM disruption_month WHERE vm_id = ? AND month > now() - interval '12 months'
                ORDER BY month DESC, ms DESC, kind
                """,
                (row, _) -> new DisruptionView.Sum(
                        YearMonth.from(row.getDate("month").toLocalDate()),
                        Disruption.Kind.valueOf(row.getString("kind")),
                        row.getLong("times"),
                        row.getDouble("ms"),
                        row.getDouble("longest_ms")),
                vm.value());
    }

    /** Safe at any time, in every replica. @return how many are gone */
    public int prune() {
        int all = 0;
        int some;
        do {
            some = jdbc.update("""
                    DELETE FROM disruption WHERE ctid = ANY (ARRAY (
                        SELECT ctid FROM disruption WHERE at < now() - ? * interval '1 second' LIMIT ?))
                    """, settings.keep().toSeconds(), PRUNED_AT_ONCE);
            all += some;
        } while (some == PRUNED_AT_ONCE);
        return all;
    }
}
