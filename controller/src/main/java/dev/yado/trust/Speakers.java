package dev.yado.trust;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.Machine;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Who may speak for which host: a host for itself, a simulator for the hosts that it made. */
@Component
class Speakers {
    private final JdbcTemplate jdbc;
    /** Simulated hosts by id; whose they are never changes. */
    private final ConcurrentMap<UUID, UUID> simulators = new ConcurrentHashMap<>();

    Speakers(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @throws YadoException {@code CERTIFICATE_REFUSED} */
    void check(Machine speaker, UUID host) {
        boolean may = switch (speaker.role()) {
            case HOST -> speaker.id().equals(host);
            case SIMULATOR -> simulates(speaker.id(), host);
            case CONTROLLER -> false;
        };
        if (!may) {
            throw new YadoException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "the certificate is of " + speaker + ", which may not speak for host " + host);
        }
    }

    private boolean simulates(UUID simulator, UUID host) {
        UUID known = simulators.get(host);
        if (known != null) {
            return known.equals(simulator);
        }
        List<UUID> owner = jdbc.queryForList(
                "SELECT coalesce(simulator_id, id) FROM host WHERE id = ? UNION ALL SELECT id FROM machine WHERE id = ?",
                UUID.class,
                host,
                host);
        if (owner.isEmpty()) {
            // Nobody's yet: its first report makes it this simulator's.
            return true;
        }
        if (owner.equals(List.of(simulator))) {
            simulators.put(host, simulator);
            return true;
        }
        return false;
    }
}
