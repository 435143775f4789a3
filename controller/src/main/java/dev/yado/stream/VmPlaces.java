package dev.yado.stream;

import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.Machine;
import dev.yado.trust.MachineHttp;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Finds VMs and their hosts: a stream asks every second, so it is one read by primary keys. */
@Component
class VmPlaces {
    private static final String SELECT = """
            SELECT vm.id, vm.name, vm.observed_state, vm.cause_detail, host.id AS host_id, host.simulator_id, host.url, host.lease_until > now() AS alive
            FROM vm LEFT JOIN allocation ON allocation.vm_id = vm.id LEFT JOIN host ON host.id = allocation.host_id
            WHERE vm.id = :id
            """;
    private final JdbcClient jdbc;

    VmPlaces(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @throws YadoException {@code NOT_FOUND} also for a VM that the caller does not see */
    VmPlace get(Caller caller, VmId id) {
        return jdbc.sql(SELECT + " AND (:tenant::uuid IS NULL OR vm.tenant_id = :tenant)")
                .param("id", id.value())
                .param("tenant", caller.tenant().map(TenantId::value).orElse(null))
                .query(VmPlaces::place)
                .optional()
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no VM " + id));
    }

    Optional<VmPlace> find(VmId id) {
        return jdbc.sql(SELECT).param("id", id.value()).query(VmPlaces::place).optional();
    }

    private static Machine machine(ResultSet row) throws SQLException {
        UUID simulator = row.getObject("simulator_id", UUID.class);
        return simulator == null
                ? new Machine(Machine.Role.HOST, row.getObject("host_id", UUID.class))
                : new Machine(Machine.Role.SIMULATOR, simulator);
    }

    private static VmPlace place(ResultSet row, int ignored) throws SQLException {
        String url = row.getString("url");
        String observed = row.getString("observed_state");
        return new VmPlace(
                VmId.of(row.getString("id")),
                row.getString("name"),
                url == null ? null : new MachineHttp.Target(machine(row), URI.create(url)),
                row.getBoolean("alive"),
                observed == null ? null : ObservedState.valueOf(observed),
                row.getString("cause_detail"));
    }
}
