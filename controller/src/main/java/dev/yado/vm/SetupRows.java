package dev.yado.vm;

import dev.yado.protocol.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code vm_setup}. Read for hosts only. */
@Component
class SetupRows {
    private final JdbcTemplate jdbc;

    SetupRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    void insert(VmId vm, Setup setup) {
        jdbc.update(
                "INSERT INTO vm_setup (vm_id, hostname, ssh_keys, user_data) VALUES (?, ?, ?::text[], ?)",
                vm.value(),
                setup.hostname(),
                setup.sshKeys().toArray(String[]::new),
                setup.userData());
    }

    Optional<Setup> find(VmId vm) {
        return jdbc
                .query(
                        "SELECT hostname, ssh_keys, user_data FROM vm_setup WHERE vm_id = ?",
                        (row, _) -> read(row),
                        vm.value())
                .stream()
                .findFirst();
    }

    private static Setup read(ResultSet row) throws SQLException {
        List<String> keys = Arrays.asList((String[]) row.getArray("ssh_keys").getArray());
        return new Setup(row.getString("hostname"), keys, row.getBytes("user_data"));
    }
}
