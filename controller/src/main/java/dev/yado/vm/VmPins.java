package dev.yado.vm;

import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/**
 * What a VM is pinned to: processor and pools by its first place, in the transaction that gives it the place; a host by an
 * administrator, at any time.
 */
@Service
public class VmPins {
    private final JdbcTemplate jdbc;

    VmPins(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    VmNeeds.Pins of(VmId vm) {
        List<VmNeeds.SharedDisk> disks = jdbc.query(
                "SELECT pool, pool_marker, size_mib FROM vm_disk WHERE vm_id = ? AND pool IS NOT NULL ORDER BY ordinal",
                (row, _) -> new VmNeeds.SharedDisk(
                        row.getString("pool"),
                        row.getObject("pool_marker", UUID.class),
                        new Mebibytes(row.getLong("size_mib"))),
                vm.value());
        return jdbc
                .query(
                        """
                        SELECT observed_state IS NULL AND cpu_model IS NULL AS fresh, observed_state IS NULL AS unseen,
                            coalesce(machine_pin, machine_type) AS machine, cpu_model, pinned_host FROM vm WHERE id = ?
                        """,
                        (row, _) -> new VmNeeds.Pins(
                                row.getBoolean("fresh"),
                                row.getString("machine"),
                                row.getString("cpu_model"),
                                host(row.getObject("pinned_host", UUID.class)),
                                disks,
                                row.getBoolean("unseen") ? repositories(vm) : List.of(),
                                row.getBoolean("unseen") ? snapshots(vm) : null),
                        vm.value())
                .stream()
                .findFirst()
                .orElse(new VmNeeds.Pins(false, null, null, null, disks, List.of(), null));
    }

    private List<VmNeeds.Repository> repositories(VmId vm) {
        return jdbc.query(
                "SELECT DISTINCT origin_repository, origin_marker FROM vm_disk WHERE vm_id = ? AND origin_backup IS NOT NULL",
                (row, _) -> new VmNeeds.Repository(
                        row.getString("origin_repository"), row.getObject("origin_marker", UUID.class)),
                vm.value());
    }

    private @Nullable HostId snapshots(VmId vm) {
        return jdbc
                .queryForList(
                        "SELECT copy_host FROM vm_disk WHERE vm_id = ? AND copy_host IS NOT NULL LIMIT 1",
                        UUID.class,
                        vm.value())
                .stream()
                .findFirst()
                .map(HostId::new)
                .orElse(null);
    }

    private static @Nullable HostId host(@Nullable UUID id) {
        return id == null ? null : new HostId(id);
    }

    /** From now on it may be there only; null: anywhere. Moves nothing. */
    void host(VmId vm, @Nullable HostId host) {
        jdbc.update("UPDATE vm SET pinned_host = ? WHERE id = ?", host == null ? null : host.value(), vm.value());
    }

    /** Changes nothing for a VM that is pinned already, or that its host has heard of. */
    public void cpuModel(VmId vm, String model) {
        jdbc.update(
                "UPDATE vm SET cpu_model = ? WHERE id = ? AND cpu_model IS NULL AND observed_state IS NULL",
                model,
                vm.value());
    }

    /** Where its disks of the pool are from now on. */
    public void pool(VmId vm, String pool, UUID marker) {
        jdbc.update(
                "UPDATE vm_disk SET pool_marker = ? WHERE vm_id = ? AND pool = ? AND pool_marker IS NULL",
                marker,
                vm.value(),
                pool);
    }
}
