package dev.yado.host;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.drift.DriftSettings;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostOptions;
import dev.yado.protocol.YadoException;
import dev.yado.trust.ReplacedHosts;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Hosts, for the administrator and for whoever has to reach one. */
@Service
public class Hosts implements ReplacedHosts {
    private static final String SELECT = """
            SELECT h.*, h.lease_until > now() AS alive,
                h.lease_until < now() - ? * interval '1 second' AS lost, extract(epoch FROM now() - h.last_report_at) AS silence,
                (SELECT CASE WHEN m.state = 'DRAINING' AND NOT EXISTS (SELECT FROM operation o WHERE o.id = m.operation_id
                        AND o.ended_at IS NULL) THEN 'INCOMPLETE' ELSE m.state END FROM maintenance m WHERE m.host_id = h.id)
                    AS maintenance, t.vms, t.vcpus AS used_vcpus, t.memory_mib AS used_memory_mib, t.disk_mib AS used_disk_mib,
                c.certificate_expires_at, c.certificate_revoked,
                (SELECT string_agg(x.vm_id::text, ', ' ORDER BY x.vm_id) FROM host_orphan x WHERE x.host_id = h.id) AS orphans
            FROM host h CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE a.here) AS vms, coalesce(sum(a.vcpus), 0) AS vcpus,
                    coalesce(sum(a.memory_mib), 0) AS memory_mib, coalesce(sum(a.disk_mib), 0) AS disk_mib
                FROM (SELECT true AS here, vcpus, memory_mib, disk_mib FROM allocation WHERE host_id = h.id
                    UNION ALL SELECT false, vcpus, memory_mib, disk_mib FROM claim WHERE host_id = h.id) a) t
            CROSS JOIN LATERAL (
                SELECT (SELECT m.revoked_at IS NOT NULL FROM machine m WHERE m.id = coalesce(h.simulator_id, h.id))
                        AS certificate_revoked,
                    (SELECT max(mc.not_after) FROM machine_certificate mc WHERE mc.machine_id = coalesce(h.simulator_id, h.id))
                        AS certificate_expires_at) c
            """;

    private final JdbcTemplate jdbc;
    private final DriftSettings drift;

    Hosts(JdbcTemplate jdbc, DriftSettings drift) {
        this.jdbc = jdbc;
        this.drift = drift;
    }

    public Page<HostView> list(Caller caller, PageRequest request) {
        caller.requireAdministrator();
        UUID after = request.after();
        List<HostView> found = after == null
                ? jdbc.query(
                        SELECT + "ORDER BY h.id LIMIT ?",
                        (row, _) -> HostRow.view(row),
                        lostSeconds(),
                        request.rowsToRead())
                : jdbc.query(
                        SELECT + "WHERE h.id > ? ORDER BY h.id LIMIT ?",
                        (row, _) -> HostRow.view(row),
                        lostSeconds(),
                        after,
                        request.rowsToRead());
        return Page.of(request, found, host -> host.id().value());
    }

    public HostView get(Caller caller, HostId id) {
        caller.requireAdministrator();
        return first(
                jdbc.query(SELECT + "WHERE h.id = ?", (row, _) -> HostRow.view(row), lostSeconds(), id.value()), id);
    }

    private long lostSeconds() {
        return drift.lostAfter().toSeconds();
    }

    /** @throws YadoException {@code NOT_FOUND} */
    public HostAddress address(HostId id) {
        return first(
                jdbc.query(
                        "SELECT id, name, url, simulator_id FROM host WHERE id = ?",
                        (row, _) ->
                                new HostAddress(id, row.getString("name"), row.getString("url"), HostRow.machine(row)),
                        id.value()),
                id);
    }

    @Override
    public void rename(HostId host, String name) {
        jdbc.update("UPDATE host SET name = ? WHERE id = ?", name, host.value());
    }

    @Override
    public @Nullable HostOptions options(HostId host) {
        return jdbc
                .query(
                        "SELECT options FROM host WHERE id = ?",
                        (row, _) -> Optional.ofNullable(HostRow.options(row)),
                        host.value())
                .stream()
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(null);
    }

    private static <T> T first(List<@Nullable T> found, HostId id) {
        T only = found.isEmpty() ? null : found.getFirst();
        if (only == null) {
            throw new YadoException(ErrorCode.NOT_FOUND, "host " + id + " does not exist");
        }
        return only;
    }
}
