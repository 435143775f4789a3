package dev.yado.host;

import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.BackupFacts.Repository;
import dev.yado.protocol.HostId;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Which hosts have which repositories of backups, as they have said last. */
@Service
public class Repositories {
    private final JdbcTemplate jdbc;

    Repositories(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @param repository as the host names it */
    public record At(HostId host, String hostName, boolean alive, Repository repository) {
        /** Something can be read and written there now. */
        public boolean usable() {
            return alive && repository.problem() == null;
        }
    }

    /** All that the host has; empty when it takes no backups. */
    public List<At> of(HostId host) {
        return read("h.id = ?", host.value());
    }

    /** The repository wherever it is; hosts that can use it now come first. */
    public List<At> withMarker(UUID marker) {
        return read("h.backup -> 'repositories' @> jsonb_build_array(jsonb_build_object('marker', ?::text))", marker)
                .stream()
                .filter(each -> each.repository().marker().equals(marker))
                .sorted((a, b) -> Boolean.compare(b.usable(), a.usable()))
                .toList();
    }

    private List<At> read(String condition, Object argument) {
        return jdbc
                .query(
                        "SELECT h.id, h.name, h.lease_until > now() AS alive, h.backup FROM host h WHERE h.backup IS NOT NULL AND "
                                + condition + " ORDER BY h.id",
                        (row, _) -> {
                            BackupFacts facts = HostRow.backup(row);
                            HostId host = new HostId(row.getObject("id", UUID.class));
                            String name = row.getString("name");
                            boolean alive = row.getBoolean("alive");
                            return facts == null
                                    ? List.<At>of()
                                    : facts.repositories().stream()
                                            .map(each -> new At(host, name, alive, each))
                                            .toList();
                        },
                        argument)
                .stream()
                .flatMap(List::stream)
                .toList();
    }
}
