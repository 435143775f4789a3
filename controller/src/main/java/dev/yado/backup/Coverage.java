package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Says for each VM what there is to fall back on, and what is overdue. */
@Service
public class Coverage {
    private static final int BATCH = 1000;

    private final JdbcTemplate jdbc;
    private final ScheduleRows schedules;
    private final BackupSettings settings;
    private final Clock clock;

    @Autowired
    Coverage(JdbcTemplate jdbc, ScheduleRows schedules, BackupSettings settings) {
        this(jdbc, schedules, settings, Clock.systemUTC());
    }

    Coverage(JdbcTemplate jdbc, ScheduleRows schedules, BackupSettings settings, Clock clock) {
        this.jdbc = jdbc;
        this.schedules = schedules;
        this.settings = settings;
        this.clock = clock;
    }

    Page<Covered> list(Caller caller, PageRequest request) {
        List<Covered> found = read(caller.tenant().orElse(null), request.after(), request.rowsToRead());
        return Page.of(request, found, covered -> covered.vm().value());
    }

    /** All VMs of all tenants, one after the other. */
    public void each(Consumer<Covered> consumer) {
        UUID after = null;
        while (true) {
            List<Covered> batch = read(null, after, BATCH);
            batch.forEach(consumer);
            if (batch.size() < BATCH) {
                return;
            }
            after = batch.getLast().vm().value();
        }
    }

    private List<Covered> read(@Nullable TenantId tenant, @Nullable UUID after, int limit) {
        Map<ScheduleId, Schedule> known =
                schedules.find("NOT paused").stream().collect(Collectors.toMap(Schedule::id, Function.identity()));
        Instant now = clock.instant();
        UUID of = tenant == null ? null : tenant.value();
        return jdbc.query(
                """
                SELECT v.id, v.name, v.tenant_id, v.created_at, b.id AS backup_id, b.taken_at,
                    p.id AS proven_id, p.proven_at, p.restore_seconds,
                    ARRAY(SELECT s.id FROM backup_schedule s WHERE NOT s.paused AND %s) AS schedules,
                    (SELECT t.outcome || ': ' || t.reason FROM backup_turn t WHERE t.vm_id = v.id AND t.outcome <> 'BEGUN'
                        ORDER BY t.at DESC LIMIT 1) AS trouble
                FROM vm v LEFT JOIN LATERAL (
                    SELECT id, taken_at FROM backup WHERE vm_id = v.id AND state = 'AVAILABLE' ORDER BY taken_at DESC LIMIT 1) b ON true
                LEFT JOIN LATERAL (SELECT id, proven_at, restore_seconds FROM backup WHERE vm_id = v.id AND state = 'AVAILABLE'
                    AND proven_at IS NOT NULL ORDER BY taken_at DESC LIMIT 1) p ON true
                WHERE v.desired_state <> 'DELETED' AND v.tenant_id <> ? AND (?::uuid IS NULL OR v.tenant_id = ?::uuid)
                    AND (?::uuid IS NULL OR v.id > ?::uuid)
                ORDER BY v.id LIMIT ?
                """.formatted(ScheduleRows.SELECTED),
                (row, _) -> covered(row, known, now),
                Proofs.nobody().value(),
                of,
                of,
                after,
                after,
                limit);
    }

    private Covered covered(ResultSet row, Map<ScheduleId, Schedule> known, Instant now) throws SQLException {
        VmId vm = new VmId(row.getObject("id", UUID.class));
        UUID last = row.getObject("backup_id", UUID.class);
        Instant taken = instant(row, "taken_at");
        Instant made = row.getObject("created_at", OffsetDateTime.class).toInstant();
        UUID[] ids = (UUID[]) row.getArray("schedules").getArray();
        List<Schedule> meaning = Arrays.stream(ids)
                .map(id -> known.get(new ScheduleId(id)))
                .filter(Objects::nonNull)
                .toList();
        List<Instant> next = new ArrayList<>();
        List<Instant> overdue = new ArrayList<>();
        for (Schedule schedule : meaning) {
            Spread spread = schedule.wanted().spread();
            Instant since = schedule.since().isAfter(made) ? schedule.since() : made;
            spread.next(vm, now.minus(spread.delay(vm))).ifPresent(next::add);
            spread.overdueSince(vm, since, taken, now, settings.grace()).ifPresent(overdue::add);
        }
        return new Covered(
                vm,
                row.getString("name"),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                meaning.stream()
                        .map(schedule -> schedule.wanted().name())
                        .sorted()
                        .toList(),
                last == null ? null : new BackupId(last),
                taken,
                proven(row),
                next.stream().min(Comparator.naturalOrder()).orElse(null),
                overdue.stream().min(Comparator.naturalOrder()).orElse(null),
                row.getString("trouble"));
    }

    private static Covered.@Nullable Proven proven(ResultSet row) throws SQLException {
        UUID backup = row.getObject("proven_id", UUID.class);
        Instant at = instant(row, "proven_at");
        return backup == null || at == null
                ? null
                : new Covered.Proven(new BackupId(backup), at, row.getDouble("restore_seconds"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
