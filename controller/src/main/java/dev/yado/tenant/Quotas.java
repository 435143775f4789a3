package dev.yado.tenant;

import dev.yado.api.Caller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What tenants may have. Use is counted in the rows of their VMs, whatever state they are in, until the last row of a VM is gone: a
 * stopped VM keeps its disks and its place on the host.
 */
@Service
public class Quotas {
    private static final String LIMITS =
            "SELECT quota_vms, quota_vcpus, quota_memory_mib, quota_disk_mib, quota_networks, quota_addresses, quota_security_rules,"
                    + " quota_routers, quota_backups, quota_snapshots FROM tenant WHERE id = ?";
    private static final String USED = """
            SELECT count(*) AS vms, coalesce(sum(vcpus), 0) AS vcpus, coalesce(sum(memory_mib), 0) AS memory_mib,
                (SELECT coalesce(sum(d.size_mib), 0) FROM vm JOIN vm_disk d ON d.vm_id = vm.id WHERE vm.tenant_id = t.id) AS disk_mib
            FROM (SELECT ?::uuid AS id) t JOIN vm ON vm.tenant_id = t.id GROUP BY t.id
            """;
    private static final String USED_OF_NETWORKS = """
            SELECT (SELECT count(*) FROM network WHERE tenant_id = t.id) AS networks,
                (SELECT count(*) FROM address WHERE tenant_id = t.id) AS addresses,
                (SELECT count(*) FROM security_rule WHERE tenant_id = t.id) AS security_rules,
                (SELECT count(*) FROM router WHERE tenant_id = t.id) AS routers
            FROM (SELECT ?::uuid AS id) t
            """;
    private static final String LARGEST = """
            SELECT id, name, desired_state, 1 AS vms, vcpus, memory_mib,
                (SELECT coalesce(sum(size_mib), 0) FROM vm_disk WHERE vm_id = vm.id) AS disk_mib
            FROM vm WHERE tenant_id = ? ORDER BY memory_mib DESC, id LIMIT 20
            """;
    private static final Quota.Amounts NOTHING = new Quota.Amounts(0, 0, 0, 0);

    private final JdbcTemplate jdbc;
    private final Tenants tenants;
    private final TransactionTemplate transactions;

    Quotas(JdbcTemplate jdbc, Tenants tenants, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.tenants = tenants;
        this.transactions = transactions;
    }

    /**
     * To be called in the transaction that takes something more, before it does. While the tenant has a limit, one such transaction
     * comes after the other, so that two can never both take the last.
     *
     * @throws YadoException {@code QUOTA_EXCEEDED} with every limit that would be passed
     */
    public void require(TenantId tenant, Quota.Amounts asked) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a quota is checked in the transaction that takes of it");
        }
        if (limits(tenant, "").orElse(Quota.Limits.NONE).any()) {
            // Statements of their own, begun after the lock was granted: they see what the holder before committed.
            Quota.Limits limits = limits(tenant, " FOR NO KEY UPDATE").orElse(Quota.Limits.NONE);
            refuse(shortages(limits, used(tenant), asked));
        }
    }

    /** The same for networks: asked for and counted by themselves, so that VMs without cards wait for none of it. */
    public void require(TenantId tenant, Quota.NetworkAmounts asked) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a quota is checked in the transaction that takes of it");
        }
        if (limits(tenant, "").orElse(Quota.Limits.NONE).anyOfNetworks()) {
            Quota.Limits limits = limits(tenant, " FOR NO KEY UPDATE").orElse(Quota.Limits.NONE);
            refuse(shortages(limits, usedOfNetworks(tenant), asked));
        }
    }

    /** The same for backups, of which those that came to nothing do not count. */
    public void requireBackup(TenantId tenant) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a quota is checked in the transaction that takes of it");
        }
        if (limits(tenant, "").orElse(Quota.Limits.NONE).backups() != null) {
            Quota.Limits limits = limits(tenant, " FOR NO KEY UPDATE").orElse(Quota.Limits.NONE);
            List<Quota.Shortage> found = new ArrayList<>();
            compare(found, "backups", limits.backups(), backups(tenant), 1);
            refuse(found);
        }
    }

    /** The same for snapshots, of which those that came to nothing do not count. */
    public void requireSnapshot(TenantId tenant) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a quota is checked in the transaction that takes of it");
        }
        if (limits(tenant, "").orElse(Quota.Limits.NONE).snapshots() != null) {
            Quota.Limits limits = limits(tenant, " FOR NO KEY UPDATE").orElse(Quota.Limits.NONE);
            List<Quota.Shortage> found = new ArrayList<>();
            compare(found, "snapshots", limits.snapshots(), snapshots(tenant), 1);
            refuse(found);
        }
    }

    private long snapshots(TenantId tenant) {
        return Objects.requireNonNull(jdbc.queryForObject(
                "SELECT count(*) FROM snapshot WHERE tenant_id = ? AND state <> 'FAILED'", Long.class, tenant.value()));
    }

    private long backups(TenantId tenant) {
        return Objects.requireNonNull(jdbc.queryForObject(
                "SELECT count(*) FROM backup WHERE tenant_id = ? AND state <> 'FAILED'", Long.class, tenant.value()));
    }

    /** What would be in the way at present. */
    public List<Quota.Shortage> shortages(TenantId tenant, Quota.NetworkAmounts asked) {
        Quota.Limits limits = limits(tenant, "").orElse(Quota.Limits.NONE);
        return limits.anyOfNetworks() ? shortages(limits, usedOfNetworks(tenant), asked) : List.of();
    }

    /** What would be in the way at present. */
    public List<Quota.Shortage> shortages(TenantId tenant, Quota.Amounts asked) {
        Quota.Limits limits = limits(tenant, "").orElse(Quota.Limits.NONE);
        return limits.any() ? shortages(limits, used(tenant), asked) : List.of();
    }

    /** The code that all shortages have, and the words for these. */
    public static YadoException exceeded(List<Quota.Shortage> shortages) {
        return new YadoException(
                ErrorCode.QUOTA_EXCEEDED,
                "the tenant's quota does not allow it: "
                        + shortages.stream().map(Quota.Shortage::toString).collect(Collectors.joining("; ")));
    }

    private static void refuse(List<Quota.Shortage> shortages) {
        if (!shortages.isEmpty()) {
            throw exceeded(shortages);
        }
    }

    private static List<Quota.Shortage> shortages(Quota.Limits limits, Quota.Amounts used, Quota.Amounts asked) {
        List<Quota.Shortage> found = new ArrayList<>();
        compare(found, "vms", limits.vms(), used.vms(), asked.vms());
        compare(found, "vcpus", limits.vcpus(), used.vcpus(), asked.vcpus());
        compare(found, "memoryMiB", limits.memoryMiB(), used.memoryMiB(), asked.memoryMiB());
        compare(found, "diskMiB", limits.diskMiB(), used.diskMiB(), asked.diskMiB());
        return found;
    }

    private static List<Quota.Shortage> shortages(
            Quota.Limits limits, Quota.NetworkAmounts used, Quota.NetworkAmounts asked) {
        List<Quota.Shortage> found = new ArrayList<>();
        compare(found, "networks", limits.networks(), used.networks(), asked.networks());
        compare(found, "addresses", limits.addresses(), used.addresses(), asked.addresses());
        compare(found, "routers", limits.routers(), used.routers(), asked.routers());
        compare(found, "securityRules", limits.securityRules(), used.securityRules(), asked.securityRules());
        return found;
    }

    private static void compare(List<Quota.Shortage> found, String quota, @Nullable Long limit, long used, long asked) {
        if (limit != null && asked > 0 && used + asked > limit) {
            found.add(new Quota.Shortage(quota, limit, used, asked));
        }
    }

    /** @throws YadoException {@code NOT_FOUND} also for a tenant that the caller does not see */
    Quota get(Caller caller, TenantId tenant) {
        tenants.get(caller, tenant);
        Quota.Limits limits = limits(tenant, "").orElse(Quota.Limits.NONE);
        Quota.Amounts used = used(tenant);
        Quota.NetworkAmounts ofNetworks = usedOfNetworks(tenant);
        List<Quota.User> largest = jdbc.query(
                LARGEST,
                (row, _) -> new Quota.User(
                        new VmId(row.getObject("id", UUID.class)),
                        row.getString("name"),
                        row.getString("desired_state"),
                        amounts(row)),
                tenant.value());
        return new Quota(
                tenant,
                new Quota.Line(limits.vms(), used.vms()),
                new Quota.Line(limits.vcpus(), used.vcpus()),
                new Quota.Line(limits.memoryMiB(), used.memoryMiB()),
                new Quota.Line(limits.diskMiB(), used.diskMiB()),
                new Quota.Line(limits.networks(), ofNetworks.networks()),
                new Quota.Line(limits.addresses(), ofNetworks.addresses()),
                new Quota.Line(limits.securityRules(), ofNetworks.securityRules()),
                new Quota.Line(limits.routers(), ofNetworks.routers()),
                new Quota.Line(limits.backups(), backups(tenant)),
                new Quota.Line(limits.snapshots(), snapshots(tenant)),
                largest);
    }

    /** Sets all limits. They may be below what is used: nothing is taken away, and nothing new is allowed until enough is gone. */
    Quota set(Caller caller, TenantId tenant, Quota.Limits limits, IfMatch version) {
        tenants.get(caller, tenant);
        caller.requireAdministrator();
        return Objects.requireNonNull(transactions.execute(_ -> {
            limits(tenant, " FOR NO KEY UPDATE");
            if (version.asks()) {
                version.check(Etag.of(get(caller, tenant)));
            }
            jdbc.update(
                    """
                    UPDATE tenant SET quota_vms = ?, quota_vcpus = ?, quota_memory_mib = ?, quota_disk_mib = ?, quota_networks = ?,
                        quota_addresses = ?, quota_security_rules = ?, quota_routers = ?, quota_backups = ?, quota_snapshots = ? WHERE id = ?
                    """,
                    limits.vms(),
                    limits.vcpus(),
                    limits.memoryMiB(),
                    limits.diskMiB(),
                    limits.networks(),
                    limits.addresses(),
                    limits.securityRules(),
                    limits.routers(),
                    limits.backups(),
                    limits.snapshots(),
                    tenant.value());
            return get(caller, tenant);
        }));
    }

    private Optional<Quota.Limits> limits(TenantId tenant, String lock) {
        return jdbc
                .query(
                        LIMITS + lock,
                        (row, _) -> new Quota.Limits(
                                row.getObject("quota_vms", Long.class),
                                row.getObject("quota_vcpus", Long.class),
                                row.getObject("quota_memory_mib", Long.class),
                                row.getObject("quota_disk_mib", Long.class),
                                row.getObject("quota_networks", Long.class),
                                row.getObject("quota_addresses", Long.class),
                                row.getObject("quota_security_rules", Long.class),
                                row.getObject("quota_routers", Long.class),
                                row.getObject("quota_backups", Long.class),
                                row.getObject("quota_snapshots", Long.class)),
                        tenant.value())
                .stream()
                .findFirst();
    }

    private Quota.Amounts used(TenantId tenant) {
        return jdbc.query(USED, (row, _) -> amounts(row), tenant.value()).stream()
                .findFirst()
                .orElse(NOTHING);
    }

    private Quota.NetworkAmounts usedOfNetworks(TenantId tenant) {
        return Objects.requireNonNull(jdbc.queryForObject(
                USED_OF_NETWORKS,
                (row, _) -> new Quota.NetworkAmounts(
                        row.getLong("networks"),
                        row.getLong("addresses"),
                        row.getLong("security_rules"),
                        row.getLong("routers")),
                tenant.value()));
    }

    private static Quota.Amounts amounts(ResultSet row) throws SQLException {
        return new Quota.Amounts(
                row.getLong("vms"), row.getLong("vcpus"), row.getLong("memory_mib"), row.getLong("disk_mib"));
    }
}
