package dev.yado.vm;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Cause;
import dev.yado.protocol.GuestAgentState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Writes what hosts report. */
@Service
public class VmReports {
    private static final String POWERED_OFF = """
            r.state = 'STOPPED' AND r.cause_code = 'GUEST_SHUTDOWN' AND r.generation = vm.generation
                AND vm.desired_state IN ('RUNNING', 'PAUSED')""";

    /** One that is made from a backup at once is restoring until its host, done with making it, says that it is not. */
    private static final String RESTORING = "CASE WHEN r.settled THEN r.restoring ELSE vm.restoring END";

    private final JdbcTemplate jdbc;

    VmReports(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Writes the reports of one host, of VMs that are placed on it, in one statement; the caller has put them in order. A guest that
     * powered itself off is from then on wanted stopped, unless something newer is wanted already. Unchanged VMs are not written.
     *
     * @return the VMs that changed
     */
    public Set<VmId> record(HostId host, List<VmReport> reports) {
        if (reports.isEmpty()) {
            return Set.of();
        }
        letHandOversEnd(host, reports);
        List<UUID> changed = jdbc.queryForList(
                """
                UPDATE vm SET observed_state = r.state, observed_generation = r.generation, observed_run_epoch = r.run_epoch,
                    observed_settled = r.settled, cause_code = r.cause_code, cause_detail = r.cause_detail,
                    accelerator = r.accelerator, machine_type = r.machine_type, observed_since = r.since, observed_at = now(),
                    guest_agent = r.guest_agent, restoring = %2$s,
                    restored_at = CASE WHEN vm.restoring AND NOT (%2$s) AND r.state IN ('RUNNING', 'PAUSED', 'STOPPED') THEN now() ELSE vm.restored_at END,
                    desired_state = CASE WHEN %1$s THEN 'STOPPED' ELSE vm.desired_state END,
                    generation = CASE WHEN %1$s THEN vm.generation + 1 ELSE vm.generation END
                FROM unnest(?::uuid[], ?::text[], ?::bigint[], ?::bigint[], ?::boolean[], ?::text[], ?::text[], ?::text[],
                        ?::text[], ?::boolean[], ?::text[], ?::timestamptz[]) AS r (id, state, generation, run_epoch, settled,
                        cause_code, cause_detail, accelerator, machine_type, restoring, guest_agent, since)
                    JOIN allocation a ON a.vm_id = r.id AND a.host_id = ?
                WHERE vm.id = r.id
                    AND (vm.observed_state, vm.observed_generation, vm.observed_run_epoch, vm.observed_settled, vm.cause_code,
                         vm.cause_detail, vm.accelerator, vm.machine_type, vm.restoring, vm.guest_agent, vm.observed_since)
                    IS DISTINCT FROM (r.state, r.generation, r.run_epoch, r.settled, r.cause_code, r.cause_detail, r.accelerator,
                         r.machine_type, %2$s, r.guest_agent, r.since)
                RETURNING vm.id
                """.formatted(POWERED_OFF, RESTORING),
                UUID.class,
                column(reports, UUID[]::new, report -> report.id().value()),
                column(reports, String[]::new, report -> report.state().name()),
                column(reports, Long[]::new, VmReport::generation),
                column(reports, Long[]::new, VmReport::runEpoch),
                column(reports, Boolean[]::new, VmReport::settled),
                column(reports, String[]::new, report -> {
                    Cause cause = report.cause();
                    return cause == null ? null : cause.code().name();
                }),
                column(reports, String[]::new, report -> {
                    Cause cause = report.cause();
                    return cause == null ? null : cause.detail();
                }),
                column(reports, String[]::new, report -> {
                    Accelerator accelerator = report.accelerator();
                    return accelerator == null ? null : accelerator.name();
                }),
                column(reports, String[]::new, VmReport::machineType),
                column(reports, Boolean[]::new, report -> Boolean.TRUE.equals(report.restoring())),
                column(reports, String[]::new, report -> {
                    GuestAgentState agent = report.agent();
                    return agent == null ? null : agent.name();
                }),
                column(reports, String[]::new, report -> report.since().toString()),
                host.value());
        return ids(changed);
    }

    /**
     * A VM that is being handed over at this moment is another host's in the statement after this one. An update that waited for its
     * row itself would go on with the allocation as it was before, and write what its old host said of it over what the new one did.
     */
    private void letHandOversEnd(HostId host, List<VmReport> reports) {
        jdbc.queryForList(
                """
                SELECT vm.id FROM vm JOIN allocation a ON a.vm_id = vm.id JOIN claim c ON c.vm_id = vm.id
                WHERE a.host_id = ? AND vm.id = ANY (?::uuid[]) ORDER BY vm.id FOR NO KEY UPDATE OF vm
                """,
                UUID.class,
                host.value(),
                column(reports, UUID[]::new, report -> report.id().value()));
    }

    /**
     * VMs that a full report does not have although the host has reported them before: it holds nothing of them any more. What was
     * placed only a moment ago is spared, since the report may be older than the placing.
     *
     * @return the VMs that changed
     */
    public Set<VmId> recordMissing(HostId host, List<VmReport> all) {
        List<UUID> changed = jdbc.queryForList(
                """
                UPDATE vm SET observed_state = 'ABSENT', observed_settled = true, cause_code = NULL, cause_detail = NULL,
                    accelerator = NULL, guest_agent = NULL, observed_since = now(), observed_at = now()
                FROM allocation a
                WHERE a.vm_id = vm.id AND a.host_id = ? AND vm.observed_state IS NOT NULL AND vm.observed_state <> 'ABSENT'
                    AND vm.observed_at < now() - interval '10 seconds' AND NOT vm.id = ANY (?::uuid[])
                RETURNING vm.id
                """,
                UUID.class,
                host.value(),
                column(all, UUID[]::new, report -> report.id().value()));
        return ids(changed);
    }

    /** Whether {@link #recordMissing} has spared any: then a later full report has to say it again. */
    public boolean spares(HostId host, List<VmReport> all) {
        return Boolean.TRUE.equals(jdbc.queryForObject(
                """
                SELECT EXISTS (SELECT FROM allocation a JOIN vm ON vm.id = a.vm_id
                WHERE a.host_id = ? AND vm.observed_state <> 'ABSENT' AND NOT vm.id = ANY (?::uuid[]))
                """,
                Boolean.class,
                host.value(),
                column(all, UUID[]::new, report -> report.id().value())));
    }

    private static <T> Object column(
            List<VmReport> reports, IntFunction<T[]> array, Function<VmReport, @Nullable T> value) {
        return reports.stream().map(value).toArray(array);
    }

    private static Set<VmId> ids(List<UUID> ids) {
        Set<VmId> found = new HashSet<>();
        ids.forEach(id -> found.add(new VmId(id)));
        return found;
    }
}
