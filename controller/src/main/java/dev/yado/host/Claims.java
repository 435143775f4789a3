package dev.yado.host;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** What VMs that move take of hosts that they are not on, from {@link Fleet#claim} until those have said that nothing is left. */
@Service
public class Claims {
    private final JdbcTemplate jdbc;

    Claims(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** A host as a party to a move. @throws YadoException {@code NOT_FOUND} */
    public MovingHost party(HostId id) {
        return jdbc
                .query(
                        "SELECT id, name, url, lease_until > now() AS alive, migration, network FROM host WHERE id = ?",
                        (row, _) -> new MovingHost(
                                id,
                                row.getString("name"),
                                row.getString("url"),
                                row.getBoolean("alive"),
                                HostRow.migration(row),
                                HostRow.network(row)),
                        id.value())
                .stream()
                .findFirst()
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "host " + id + " does not exist"));
    }

    /**
     * The VM belongs to the host that it claimed; what it had on the other is claimed until that has let go of it.
     *
     * @return what the new host has reported of it so far
     */
    public Optional<VmReport> handOver(VmId vm, MigrationId migration) {
        requireTransaction();
        // Whoever takes a report of the new host writes it here first, or finds the allocation changed.
        List<@Nullable String> said = jdbc.queryForList(
                "SELECT report::text FROM claim WHERE migration_id = ? AND arriving FOR UPDATE",
                String.class,
                migration.value());
        jdbc.update("""
                WITH swapped AS (
                    UPDATE claim c SET host_id = a.host_id, arriving = false FROM allocation a
                    WHERE c.migration_id = ? AND a.vm_id = c.vm_id AND c.arriving RETURNING c.vm_id)
                UPDATE allocation a SET host_id = m.to_host FROM swapped, migration m WHERE a.vm_id = swapped.vm_id AND m.id = ?
                """, migration.value(), migration.value());
        return said.stream()
                .filter(Objects::nonNull)
                .map(report -> ProtocolJson.mapper().readValue(report, VmReport.class))
                .findFirst();
    }

    /** The VM stays where it is; the other host may still hold something. */
    public void keep(MigrationId migration) {
        requireTransaction();
        jdbc.update("UPDATE claim SET arriving = false WHERE migration_id = ?", migration.value());
    }

    /** Only after the other host has acknowledged that nothing is left. */
    public void release(VmId vm, MigrationId migration) {
        requireTransaction();
        List<UUID> freed = jdbc.queryForList(
                "DELETE FROM claim WHERE migration_id = ? RETURNING host_id", UUID.class, migration.value());
        // What was seen there before is over; the next look would say so too.
        freed.forEach(host -> {
            jdbc.update("DELETE FROM guest_found WHERE vm_id = ? AND host_id = ?", vm.value(), host);
            jdbc.update("DELETE FROM host_orphan WHERE vm_id = ? AND host_id = ?", vm.value(), host);
        });
    }

    /** Hosts that the VM is not on and that may still hold something of it. */
    public List<HostId> of(VmId vm) {
        return jdbc.query(
                "SELECT host_id FROM claim WHERE vm_id = ?",
                (row, _) -> new HostId(row.getObject("host_id", UUID.class)),
                vm.value());
    }

    private static void requireTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("claims change in the transaction of the step that changes them");
        }
    }
}
