package dev.yado.network;

import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What hosts are to carry, what they have acknowledged, and which networks some host does not know the newest of. */
@Service
public class HostNetworks {
    private final JdbcTemplate jdbc;
    private final DrawingRows drawings;
    private final TransactionTemplate snapshot;
    private final SyncQueue<NetworkId> queue;

    HostNetworks(JdbcTemplate jdbc, DrawingRows drawings, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.drawings = drawings;
        this.snapshot = new TransactionTemplate(transactions);
        snapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        snapshot.setReadOnly(true);
        this.queue = new SyncQueue<>(jdbc, "kind = 'NETWORK' AND NOT network_unconfirmed(object_id)", NetworkId::new);
    }

    /** Those of which some host does not know the newest. */
    public SyncQueue<NetworkId> queue() {
        return queue;
    }

    /** The network from one snapshot; empty when it is gone. Never called inside another transaction. */
    public Optional<Drawing> draw(NetworkId id) {
        return Objects.requireNonNull(snapshot.execute(_ -> drawings.draw(id)));
    }

    /** Whether the host has acknowledged the newest of the network, without a problem. */
    public boolean isCarried(NetworkId id, HostId host) {
        return !jdbc.queryForList("""
                SELECT 1 FROM network n JOIN host_network h ON h.network_id = n.id AND h.host_id = ?
                WHERE n.id = ? AND h.acknowledged >= n.generation AND h.problem IS NULL
                """, Integer.class, host.value(), id.value()).isEmpty();
    }

    /** Hosts of these that are heard of at present. */
    public Set<HostId> alive(Collection<HostId> hosts) {
        return Set.copyOf(jdbc.query(
                "SELECT id FROM host WHERE id = ANY (?::uuid[]) AND lease_until > now()",
                (row, _) -> new HostId(row.getObject("id", UUID.class)),
                (Object) hosts.stream().map(HostId::value).toArray(UUID[]::new)));
    }

    /** That they are to be told is remembered, so that one that is away is told when it is back. */
    public void expect(NetworkId id, Collection<HostId> hosts) {
        jdbc.update(
                "INSERT INTO host_network (network_id, host_id) SELECT ?, h FROM unnest(?::uuid[]) h ORDER BY h ON CONFLICT DO NOTHING",
                id.value(),
                hosts.stream().map(HostId::value).toArray(UUID[]::new));
    }

    /** @param problem why the host does not wholly carry it although it has accepted it; null: it does */
    public void acknowledged(NetworkId id, HostId host, long generation, @Nullable String problem) {
        jdbc.update("""
                INSERT INTO host_network (network_id, host_id, acknowledged, acknowledged_at, problem) VALUES (?, ?, ?, now(), ?)
                ON CONFLICT (network_id, host_id) DO UPDATE SET acknowledged = excluded.acknowledged, acknowledged_at = now(),
                    problem = excluded.problem WHERE host_network.acknowledged <= excluded.acknowledged
                """, id.value(), host.value(), generation, problem);
    }

    /** It could not be told, or refuses. */
    public void failed(NetworkId id, HostId host, String problem) {
        jdbc.update(
                "UPDATE host_network SET problem = ? WHERE network_id = ? AND host_id = ? AND problem IS DISTINCT FROM ?",
                problem,
                id.value(),
                host.value(),
                problem);
    }

    /** The host has acknowledged that it does not carry it. @param generation that it was told this with */
    public void absent(NetworkId id, HostId host, long generation) {
        jdbc.update(
                "DELETE FROM host_network WHERE network_id = ? AND host_id = ? AND acknowledged <= ?",
                id.value(),
                host.value(),
                generation);
    }

    /** A host that may carry a network that is gone. */
    public record Leftover(HostId host, long generation) {}

    public List<Leftover> leftovers(NetworkId gone) {
        return jdbc.query(
                "SELECT host_id, gone_generation FROM host_network WHERE network_id = ? AND gone_generation IS NOT NULL",
                (row, _) ->
                        new Leftover(new HostId(row.getObject("host_id", UUID.class)), row.getLong("gone_generation")),
                gone.value());
    }

    /** A host knows a higher generation than there is, as after a restore of the database: go on from above. */
    public void raise(NetworkId id) {
        jdbc.query("SELECT touch_networks(ARRAY[?])", _ -> {}, id.value());
    }
}
