package dev.yado.vm;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code vm} and {@code vm_disk} for what callers do. */
@Component
class VmRows {
    private final JdbcTemplate jdbc;
    private final SetupRows setups;

    VmRows(JdbcTemplate jdbc, SetupRows setups) {
        this.jdbc = jdbc;
        this.setups = setups;
    }

    /** A disk as it is to be written. */
    record NewDisk(
            DiskId id,
            @Nullable ImageId image,
            Mebibytes size,
            @Nullable String pool,
            NewVm.@Nullable Origin origin,
            NewVm.@Nullable Copy copy) {
        boolean comesWhileItIsUsed() {
            return origin != null && origin.disk().mode() == DiskOrigin.Mode.INSTANT;
        }
    }

    /** False when the name is taken in the tenant. */
    boolean insert(VmId id, TenantId tenant, NewVm vm, List<NewDisk> disks) {
        Boot boot = vm.boot();
        int inserted = jdbc.update(
                """
                INSERT INTO vm (id, tenant_id, name, desired_state, generation, run_epoch, vcpus, memory_mib, accelerator_choice,
                    kernel_image_id, initrd_image_id, cmdline, autostart_order, autostart_delay_s, nics, has_setup, restoring)
                VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, name) DO NOTHING
                """,
                id.value(),
                tenant.value(),
                vm.name(),
                (vm.start() ? DesiredState.RUNNING : DesiredState.STOPPED).name(),
                vm.start() ? 1 : 0,
                vm.vcpus(),
                vm.memory().value(),
                vm.accelerator().name(),
                boot == null ? null : boot.kernel().value(),
                boot == null || boot.initrd() == null ? null : boot.initrd().value(),
                boot == null ? null : boot.cmdline(),
                vm.autostart() == null ? null : vm.autostart().order(),
                vm.autostart() == null ? null : vm.autostart().delaySeconds(),
                vm.nics().size(),
                vm.setup() != null,
                disks.stream().anyMatch(NewDisk::comesWhileItIsUsed));
        if (inserted == 0) {
            return false;
        }
        if (vm.setup() != null) {
            setups.insert(id, vm.setup());
        }
        List<Object[]> rows = new ArrayList<>();
        for (NewDisk disk : disks) {
            rows.add(new Object[] {
                disk.id().value(),
                id.value(),
                rows.size(),
                disk.image() == null ? null : disk.image().value(),
                disk.size().value(),
                disk.pool(),
                disk.origin() == null ? null : disk.origin().disk().repository(),
                disk.origin() == null ? null : disk.origin().marker(),
                disk.origin() == null ? null : disk.origin().disk().backup().value(),
                disk.origin() == null ? null : disk.origin().disk().disk().value(),
                disk.origin() == null ? null : disk.origin().disk().mode().name(),
                disk.copy() == null ? null : disk.copy().disk().vm().value(),
                disk.copy() == null ? null : disk.copy().disk().snapshot().value(),
                disk.copy() == null ? null : disk.copy().disk().disk().value(),
                disk.copy() == null ? null : disk.copy().host().value()
            });
        }
        if (!rows.isEmpty()) {
            jdbc.batchUpdate("""
                    INSERT INTO vm_disk (id, vm_id, ordinal, image_id, size_mib, pool, origin_repository, origin_marker, origin_backup,
                        origin_disk, origin_mode, copy_vm, copy_snapshot, copy_disk, copy_host)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, rows);
        }
        return true;
    }

    Optional<VmId> named(TenantId tenant, String name) {
        return jdbc
                .queryForList("SELECT id FROM vm WHERE tenant_id = ? AND name = ?", UUID.class, tenant.value(), name)
                .stream()
                .findFirst()
                .map(VmId::new);
    }

    /** Until the end of the transaction nobody else changes what is wanted of it. */
    Optional<VmRow> lock(VmId id) {
        return jdbc
                .query(VmRow.SELECT + " WHERE v.id = ? FOR NO KEY UPDATE OF v", (row, _) -> VmRow.read(row), id.value())
                .stream()
                .findFirst();
    }

    Optional<VmRow> find(VmId id) {
        return jdbc.query(VmRow.SELECT + " WHERE v.id = ?", (row, _) -> VmRow.read(row), id.value()).stream()
                .findFirst();
    }

    /** As it is shown, in one query. Empty also for a VM that the tenant does not own. @param tenant null for any */
    Optional<VmView> view(VmId id, @Nullable TenantId tenant) {
        return jdbc
                .query(
                        VmRow.SELECT_WITH_DISKS + " WHERE v.id = ?",
                        (row, _) -> VmRow.read(row).view(VmRow.disks(row), List.of()),
                        id.value())
                .stream()
                .filter(vm -> tenant == null || vm.tenant().equals(tenant))
                .findFirst();
    }

    /** Also rows that are not in the filter's state: see {@link VmFilter#candidates}. */
    List<VmRow> page(@Nullable TenantId tenant, VmFilter filter, @Nullable UUID after, int limit) {
        StringBuilder sql = new StringBuilder(VmRow.SELECT).append(" WHERE true");
        List<Object> arguments = new ArrayList<>();
        if (tenant != null) {
            sql.append(" AND v.tenant_id = ?");
            arguments.add(tenant.value());
        }
        if (filter.name() != null) {
            sql.append(" AND v.name = ?");
            arguments.add(filter.name());
        }
        if (filter.state() != null) {
            sql.append(" AND ").append(VmFilter.candidates(filter.state()));
        }
        if (filter.host() != null) {
            sql.append(" AND a.host_id = (SELECT id FROM host WHERE id::text = lower(?) OR name = ?)");
            arguments.add(filter.host());
            arguments.add(filter.host());
        }
        if (after != null) {
            sql.append(" AND v.id > ?");
            arguments.add(after);
        }
        sql.append(" ORDER BY v.id LIMIT ?");
        arguments.add(limit);
        return jdbc.query(sql.toString(), (row, _) -> VmRow.read(row), arguments.toArray());
    }

    /** The disks of these VMs, in the order of their bus addresses. */
    Map<VmId, List<VmView.Disk>> disks(Collection<VmId> vms) {
        Map<VmId, List<VmView.Disk>> disks = new HashMap<>();
        if (vms.isEmpty()) {
            return disks;
        }
        jdbc.query(
                "SELECT vm_id, id, image_id, size_mib, pool FROM vm_disk WHERE vm_id = ANY (?::uuid[]) ORDER BY vm_id, ordinal",
                row -> {
                    UUID image = row.getObject("image_id", UUID.class);
                    disks.computeIfAbsent(new VmId(row.getObject("vm_id", UUID.class)), _ -> new ArrayList<>())
                            .add(new VmView.Disk(
                                    new DiskId(row.getObject("id", UUID.class)),
                                    image == null ? null : new ImageId(image),
                                    new Mebibytes(row.getLong("size_mib")),
                                    row.getString("pool")));
                },
                (Object) vms.stream().map(VmId::value).toArray(UUID[]::new));
        return disks;
    }

    /** Of those disks of the VM that are made from a backup. */
    Map<DiskId, DiskOrigin> origins(VmId vm) {
        Map<DiskId, DiskOrigin> origins = new HashMap<>();
        jdbc.query(
                """
                SELECT id, origin_repository, origin_backup, origin_disk, origin_mode FROM vm_disk
                WHERE vm_id = ? AND origin_backup IS NOT NULL
                """,
                row -> {
                    origins.put(
                            new DiskId(row.getObject("id", UUID.class)),
                            new DiskOrigin(
                                    row.getString("origin_repository"),
                                    new BackupId(row.getObject("origin_backup", UUID.class)),
                                    new DiskId(row.getObject("origin_disk", UUID.class)),
                                    DiskOrigin.Mode.valueOf(row.getString("origin_mode"))));
                },
                vm.value());
        return origins;
    }

    /** Of those disks of the VM that are copied from a snapshot. */
    Map<DiskId, DiskCopy> copies(VmId vm) {
        Map<DiskId, DiskCopy> copies = new HashMap<>();
        jdbc.query(
                "SELECT id, copy_vm, copy_snapshot, copy_disk FROM vm_disk WHERE vm_id = ? AND copy_vm IS NOT NULL",
                row -> {
                    copies.put(
                            new DiskId(row.getObject("id", UUID.class)),
                            new DiskCopy(
                                    new VmId(row.getObject("copy_vm", UUID.class)),
                                    new SnapshotId(row.getObject("copy_snapshot", UUID.class)),
                                    new DiskId(row.getObject("copy_disk", UUID.class))));
                },
                vm.value());
        return copies;
    }

    /** A VM that has never run and whose host may still copy from a snapshot of this one, by name. */
    Optional<String> copying(VmId source) {
        return jdbc.queryForList("""
                        SELECT v.name FROM vm_disk d JOIN vm v ON v.id = d.vm_id
                        WHERE d.copy_vm = ? AND v.desired_state <> 'DELETED' AND v.machine_type IS NULL
                            AND (v.observed_settled IS NOT TRUE OR v.observed_generation < v.generation) LIMIT 1
                        """, String.class, source.value()).stream().findFirst();
    }

    /** What is wanted from now on; raises the generation. */
    void want(VmRow vm, DesiredState desired, long runEpoch, long reboots, StopPolicy stop) {
        jdbc.update(
                """
                UPDATE vm SET desired_state = ?, generation = generation + 1, run_epoch = ?, reboots = ?, stop_mode = ?,
                    stop_timeout_s = ? WHERE id = ?
                """,
                desired.name(),
                runEpoch,
                reboots,
                stop.mode().name(),
                stop.timeoutSeconds(),
                vm.id().value());
    }

    /** The caller holds the lock of its VM. */
    void size(DiskId disk, Mebibytes size) {
        jdbc.update("UPDATE vm_disk SET size_mib = ? WHERE id = ?", size.value(), disk.value());
    }

    /** The caller holds the lock. */
    void label(VmId id, Map<String, String> labels) {
        jdbc.update("UPDATE vm SET labels = ?::jsonb WHERE id = ?", Labels.json(labels), id.value());
    }

    void begun(VmId id, OperationId operation) {
        jdbc.update("UPDATE vm SET operation_id = ? WHERE id = ?", operation.value(), id.value());
    }
}
