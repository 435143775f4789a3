package dev.yado.host;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.FleetSnapshot;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.HostVerdict;
import dev.yado.scheduler.Kept;
import dev.yado.scheduler.Mobility;
import dev.yado.scheduler.PlacementRequest;
import dev.yado.scheduler.Scheduler;
import dev.yado.vm.VmPins;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Places VMs on hosts and takes them off again. All capacity is computed from allocation rows. */
@Service
public class Fleet {
    /** Operations that wait for room wait for this. */
    public static final String CAPACITY = "capacity";

    private static final int ATTEMPTS = 5;
    /** A larger fleet does not explain itself host by host; the summary counts all. */
    private static final int MOST_VERDICTS = 100;

    private final JdbcTemplate jdbc;
    private final FleetSight sight;
    private final Scheduler scheduler;
    private final CpuBaselines baselines;
    private final VmPins pins;

    Fleet(JdbcTemplate jdbc, FleetSight sight, CpuBaselines baselines, VmPins pins, HostSettings settings) {
        this.jdbc = jdbc;
        this.sight = sight;
        this.baselines = baselines;
        this.pins = pins;
        this.scheduler = new Scheduler(settings.policy());
    }

    /** Where the VM is. */
    public Optional<HostId> hostOf(VmId vm) {
        return jdbc.queryForList("SELECT host_id FROM allocation WHERE vm_id = ?", UUID.class, vm.value()).stream()
                .findFirst()
                .map(HostId::new);
    }

    /**
     * Finds a host and allocates there, in the caller's transaction. It is looked for in what was seen of the fleet a moment ago; the
     * chosen host's row is locked and the host judged again as it is now, so that two that choose it at the same time cannot both
     * take the last room. That no host fits is said only of the fleet as it is now.
     */
    public Decision place(VmId vm, PlacementRequest asked) {
        PlacementRequest request = onBaseline(asked);
        return find(request, host -> true, host -> allocate(vm, host, request));
    }

    /** As {@link #place}, for a VM that moves: it takes what it will need there, beside what it has where it is. */
    public Decision claim(VmId vm, MigrationId migration, PlacementRequest asked) {
        PlacementRequest request = onBaseline(asked);
        return find(request, elsewhere(vm), host -> claimOn(vm, migration, host, request));
    }

    /** Claims on this host or nowhere. */
    public Decision claimOn(VmId vm, MigrationId migration, HostId host, PlacementRequest asked) {
        requireTransaction();
        PlacementRequest request = onBaseline(asked);
        return take(
                host,
                request,
                _ -> jdbc.update(
                        """
                INSERT INTO claim (migration_id, vm_id, host_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, ?, ?, ?, ?)
                """,
                        migration.value(),
                        vm.value(),
                        host.value(),
                        request.needed().vcpus(),
                        request.needed().memory().value(),
                        request.needed().disk().value()));
    }

    /** Hosts that the VM could move to, as far as that does not depend on what they have. */
    private Predicate<HostSnapshot> elsewhere(VmId vm) {
        Set<HostId> held = new HashSet<>(jdbc.query(
                "SELECT host_id FROM allocation WHERE vm_id = ? UNION ALL SELECT host_id FROM claim WHERE vm_id = ?",
                (row, _) -> new HostId(row.getObject("host_id", UUID.class)),
                vm.value(),
                vm.value()));
        return host -> !held.contains(host.id()) && !host.mobility().equals(Mobility.NONE);
    }

    private static FleetSnapshot those(Predicate<HostSnapshot> meant, FleetSnapshot fleet) {
        return new FleetSnapshot(fleet.hosts().stream().filter(meant).toList());
    }

    private Decision find(PlacementRequest request, Predicate<HostSnapshot> meant, Function<HostId, Decision> take) {
        requireTransaction();
        Decision decision = scheduler.place(those(meant, sight.recent()), request, MOST_VERDICTS);
        if (decision instanceof Decision.NoHost) {
            decision = scheduler.place(those(meant, sight.now()), request, MOST_VERDICTS);
        }
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            switch (decision) {
                case Decision.NoHost noHost -> {
                    return noHost;
                }
                case Decision.Placed placed -> {
                    jdbc.execute("SAVEPOINT before_host");
                    if (take.apply(placed.host()) instanceof Decision.Placed) {
                        return placed;
                    }
                    // Unlocks the host: who held it while waiting for the next would wait for one that goes the other
                    // way.
                    jdbc.execute("ROLLBACK TO SAVEPOINT before_host");
                    decision = scheduler.place(those(meant, sight.now()), request, MOST_VERDICTS);
                }
            }
        }
        return new Decision.NoHost("others took the room at the same time; tried again at once", decision.verdicts());
    }

    /** Where it would go at present. Takes nothing. */
    public Decision prospect(PlacementRequest request) {
        return scheduler.place(sight.now(), onBaseline(request), MOST_VERDICTS);
    }

    /** Where it would move to at present. Takes nothing. */
    public Decision prospectElsewhere(VmId vm, PlacementRequest request) {
        return scheduler.place(those(elsewhere(vm), sight.now()), onBaseline(request), MOST_VERDICTS);
    }

    /** All hosts as they are now, for who plans with a copy of them. */
    public FleetSnapshot snapshot() {
        return sight.now();
    }

    /** Every rule that keeps the VM from going to this host now; empty when it could. Takes nothing. */
    public List<HostVerdict.Refused> refusals(HostId host, PlacementRequest request) {
        return sight.of(host).stream()
                .flatMap(now -> scheduler.refusals(now, onBaseline(request)).stream())
                .toList();
    }

    /** One host as it is now. @throws YadoException {@code NOT_FOUND} */
    public HostSnapshot at(HostId host) {
        return sight.of(host).stream()
                .findFirst()
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "host " + host + " does not exist"));
    }

    /** By the operator's policy, for who plans with a copy of the fleet. */
    public Scheduler scheduler() {
        return scheduler;
    }

    /** A VM that has never run gets the CPU model that all hosts have. */
    private PlacementRequest onBaseline(PlacementRequest request) {
        Kept kept = request.kept();
        return kept.cpu() instanceof Kept.Cpu.Baseline
                ? request.keeping(kept.with(new Kept.Cpu.Baseline(baselines.models(request.architecture()))))
                : request;
    }

    /** Allocates on this host or nowhere, as {@link #place} does. */
    public Decision placeOn(VmId vm, HostId host, PlacementRequest request) {
        requireTransaction();
        return allocate(vm, host, onBaseline(request));
    }

    private Decision allocate(VmId vm, HostId host, PlacementRequest request) {
        return take(host, request, now -> {
            jdbc.update(
                    "INSERT INTO allocation (vm_id, host_id, vcpus, memory_mib, disk_mib) VALUES (?, ?, ?, ?, ?)",
                    vm.value(),
                    host.value(),
                    request.needed().vcpus(),
                    request.needed().memory().value(),
                    request.needed().disk().value());
            pin(vm, now, request);
        });
    }

    /** Judges the host under its lock. */
    private Decision take(HostId host, PlacementRequest request, Consumer<HostSnapshot> insert) {
        lock(host, request);
        // A statement of its own, begun after the lock was granted: it sees what the holder before committed.
        List<HostSnapshot> now = sight.of(host);
        Decision decision = scheduler.place(new FleetSnapshot(now), request);
        if (decision instanceof Decision.NoHost) {
            return decision;
        }
        insert.accept(now.getFirst());
        sight.placed(now.getFirst(), request.needed());
        return decision;
    }

    /** The host, and by name the pools that several hosts may take from at the same time. */
    private void lock(HostId host, PlacementRequest request) {
        jdbc.queryForList("SELECT 1 FROM host WHERE id = ? FOR NO KEY UPDATE", Integer.class, host.value());
        request.kept().pools().stream()
                .filter(pool -> pool.marker() == null)
                .map(Kept.InPool::name)
                .distinct()
                .sorted()
                .forEach(pool -> jdbc.queryForList(
                        "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended('pool ' || ?, 0))) locked",
                        Integer.class,
                        pool));
    }

    /** What the VM keeps from now on, wherever it goes. */
    private void pin(VmId vm, HostSnapshot host, PlacementRequest request) {
        if (request.kept().cpu() instanceof Kept.Cpu.Baseline(var models)) {
            Accelerator with = request.acceleratorOn(host);
            String model = models.get(with);
            if (model != null && host.mobility().models(with).contains(model)) {
                pins.cpuModel(vm, model);
            }
        }
        if (!request.kept().pools().isEmpty()) {
            host.mobility().pools().forEach(pool -> pins.pool(vm, pool.name(), pool.marker()));
        }
    }

    /**
     * Another host than this one on which the VM was really found, where none was to be: hosts of a move are left out, and for a while
     * after it, as they have been looked at before its end.
     */
    public Optional<HostId> foundElsewhere(VmId vm, HostId here) {
        return jdbc.queryForList("""
                        SELECT g.host_id FROM guest_found g WHERE g.vm_id = ? AND g.host_id <> ?
                            AND NOT EXISTS (SELECT FROM migration m WHERE m.vm_id = g.vm_id AND g.host_id IN (m.from_host, m.to_host)
                                AND (m.state <> 'ENDED' OR m.ended_at > now() - interval '45 seconds'))
                        LIMIT 1
                        """, UUID.class, vm.value(), here.value()).stream()
                .findFirst()
                .map(HostId::new);
    }

    /**
     * Puts the allocation where the guest really is, whatever else is there: it takes that room already. Does nothing when the host
     * that the row names may hold the VM too, as far as is known.
     *
     * @return whether it is there now
     */
    public boolean restore(VmId vm, HostId host) {
        requireTransaction();
        return jdbc.update("""
                        INSERT INTO allocation (vm_id, host_id, vcpus, memory_mib, disk_mib)
                        SELECT v.id, g.host_id, v.vcpus, v.memory_mib,
                            (SELECT coalesce(sum(size_mib), 0) FROM vm_disk d WHERE d.vm_id = v.id AND d.pool IS NULL)
                        FROM vm v JOIN guest_found g ON g.vm_id = v.id AND g.host_id = ? WHERE v.id = ?
                            AND NOT EXISTS (SELECT FROM claim c WHERE c.vm_id = v.id)
                        ON CONFLICT (vm_id) DO UPDATE SET host_id = excluded.host_id
                        WHERE NOT EXISTS (SELECT FROM guest_found o WHERE o.vm_id = excluded.vm_id AND o.host_id = allocation.host_id)
                            AND EXISTS (SELECT FROM host_inventory i WHERE i.host_id = allocation.host_id
                                AND i.received_at > now() - interval '1 minute')
                        """, host.value(), vm.value()) > 0;
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
