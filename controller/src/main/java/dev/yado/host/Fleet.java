package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.FleetSnapshot;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.PlacementRequest;
import dev.yado.scheduler.Scheduler;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Places VMs on hosts and takes them off again. All capacity is computed from allocation rows. */
@Service
public class Fleet {
    /** Operations that wait for room wait for this. */
    public static final String CAPACITY = "capacity";

    private static final int ATTEMPTS = 5;
    private static final String SNAPSHOT = """
            SELECT h.*, h.lease_until > now() AS alive, extract(epoch FROM now() - h.last_report_at) AS silence,
                coalesce(a.vcpus, 0) AS used_vcpus, coalesce(a.memory_mib, 0) AS used_memory_mib,
                coalesce(a.disk_mib, 0) AS used_disk_mib
            FROM host h LEFT JOIN (
                SELECT host_id, sum(vcpus) AS vcpus, sum(memory_mib) AS memory_mib, sum(disk_mib) AS disk_mib
                FROM allocation %s GROUP BY host_id) a ON a.host_id = h.id
            """;

    private final JdbcTemplate jdbc;
    private final Scheduler scheduler;

    Fleet(JdbcTemplate jdbc, HostSettings settings) {
        this.jdbc = jdbc;
        this.scheduler = new Scheduler(settings.policy());
    }

    /** Where the VM is. */
    public Optional<HostId> hostOf(VmId vm) {
        return jdbc.queryForList("SELECT host_id FROM allocation WHERE vm_id = ?", UUID.class, vm.value()).stream()
                .findFirst()
                .map(HostId::new);
    }

    /**
     * Finds a host and allocates there, in the caller's transaction. The chosen host's row is locked and the host judged again, so
     * that two that choose it at the same time cannot both take the last room.
     */
    public Decision place(VmId vm, PlacementRequest request) {
        requireTransaction();
        Decision decision = scheduler.place(new FleetSnapshot(snapshot()), request);
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            switch (decision) {
                case Decision.NoHost noHost -> {
                    return noHost;
                }
                case Decision.Placed placed -> {
                    if (allocate(vm, placed.host(), request)) {
                        return placed;
                    }
                    decision = scheduler.place(new FleetSnapshot(snapshot()), request);
                }
            }
        }
        return new Decision.NoHost("others took the room at the same time; tried again at once", decision.verdicts());
    }

    private List<HostSnapshot> snapshot() {
        return jdbc.query(SNAPSHOT.formatted("") + " ORDER BY h.id", (row, _) -> HostRow.snapshot(row));
    }

    private boolean allocate(VmId vm, HostId host, PlacementRequest request) {
        jdbc.queryForList("SELECT 1 FROM host WHERE id = ? FOR NO KEY UPDATE", Integer.class, host.value());
        // A statement of its own, begun after the lock was granted: it sees what the holder before committed.
        List<HostSnapshot> now = jdbc.query(
                SNAPSHOT.formatted("WHERE host_id = ?") + " WHERE h.id = ?",
                (row, _) -> HostRow.snapshot(row),
                host.value(),
                host.value());
        if (!(scheduler.place(new FleetSnapshot(now), request) instanceof Decision.Placed)) {
            return false;
        }
        jdbc.update(
                "INSERT INTO allocation (vm_id, host_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, ?, ?, ?)",
                vm.value(),
                host.value(),
                request.needed().vcpus(),
                request.needed().memory().value(),
                request.needed().disk().value());
        return true;
    }

    /** Frees what the VM took. Only after its host has acknowledged that nothing of it is left. */
    public void release(VmId vm) {
        requireTransaction();
        jdbc.update("DELETE FROM allocation WHERE vm_id = ?", vm.value());
    }

    private static void requireTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("allocations change in the transaction of the step that changes them");
        }
    }
}
