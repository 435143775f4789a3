package dev.yado.router;

import dev.yado.network.SyncQueue;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.RouterId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What hosts are to carry of routers, what they have acknowledged, and which routers some host does not know the newest of. */
@Service
public class HostRouters {
    private final JdbcTemplate jdbc;
    private final RouterDrawing drawing;
    private final TransactionTemplate snapshot;
    private final SyncQueue<RouterId> queue;

    HostRouters(JdbcTemplate jdbc, RouterDrawing drawing, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.drawing = drawing;
        this.snapshot = new TransactionTemplate(transactions);
        snapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        snapshot.setReadOnly(true);
        this.queue = new SyncQueue<>(jdbc, "kind = 'ROUTER'", RouterId::new);
    }

    /** Those of which some host does not know the newest. */
    public SyncQueue<RouterId> queue() {
        return queue;
    }

    /**
     * A router and where it has to be.
     *
     * @param gateway null: nowhere
     * @param content what the gateway is told
     */
    public record Wanted(@Nullable HostId gateway, HostRouter content) {}

    /** From one snapshot; empty when it is gone. Never called inside another transaction. */
    public Optional<Wanted> wanted(RouterId id) {
        return Objects.requireNonNull(snapshot.execute(_ -> drawing.draw(id)));
    }

    /**
     * A host that was told of the router, or was to be.
     *
     * @param acknowledged 0: nothing
     * @param alive it is heard of at present
     * @param gone what its deletion is told with, where the router is gone altogether
     */
    public record Told(
            HostId host,
            long acknowledged,
            @Nullable String problem,
            boolean alive,
            @Nullable Long gone) {}

    public List<Told> told(RouterId id) {
        return jdbc.query(
                """
                SELECT t.*, h.lease_until > now() AS alive FROM host_router t JOIN host h ON h.id = t.host_id
                WHERE t.router_id = ? ORDER BY t.host_id
                """,
                (row, _) -> new Told(
                        new HostId(row.getObject("host_id", UUID.class)),
                        row.getLong("acknowledged"),
                        row.getString("problem"),
                        row.getBoolean("alive"),
                        row.getObject("gone_generation", Long.class)),
                id.value());
    }

    /** Networks that a router has a foot in and that the host has not acknowledged yet: they come before the router. */
    public List<NetworkId> missing(RouterId id, HostId host) {
        return jdbc.query(
                """
                SELECT l.network_id FROM router_leg l LEFT JOIN host_network h ON h.network_id = l.network_id AND h.host_id = ?
                WHERE l.router_id = ? AND coalesce(h.acknowledged, 0) = 0
                """, (row, _) -> new NetworkId(row.getObject("network_id", UUID.class)), host.value(), id.value());
    }

    /** That it is to be told is remembered, so that it is told to forget whatever happens. */
    public void expect(RouterId id, HostId host) {
        jdbc.update(
                "INSERT INTO host_router (router_id, host_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                id.value(),
                host.value());
    }

    /** @param problem why the host does not wholly carry it although it has accepted it; null: it does */
    public void acknowledged(RouterId id, HostId host, long generation, @Nullable String problem) {
        jdbc.update("""
                UPDATE host_router SET acknowledged = ?, acknowledged_at = now(), problem = ?
                WHERE router_id = ? AND host_id = ? AND acknowledged <= ?
                """, generation, problem, id.value(), host.value(), generation);
    }

    /** It could not be told, or refuses. */
    public void failed(RouterId id, HostId host, String problem) {
        jdbc.update(
                "UPDATE host_router SET problem = ? WHERE router_id = ? AND host_id = ? AND problem IS DISTINCT FROM ?",
                problem,
                id.value(),
                host.value(),
                problem);
    }

    /** The host has acknowledged that it does not carry it. @param generation that it was told this with */
    public void absent(RouterId id, HostId host, long generation) {
        jdbc.update(
                "DELETE FROM host_router WHERE router_id = ? AND host_id = ? AND acknowledged <= ?",
                id.value(),
                host.value(),
                generation);
    }

    /** Routers at which floating IPs were that are now at this one: they hear of it first. */
    public List<RouterId> before(RouterId id) {
        return jdbc.query(
                "SELECT DISTINCT left_router_id FROM floating_ip WHERE router_id = ? AND left_router_id IS NOT NULL",
                (row, _) -> new RouterId(row.getObject("left_router_id", UUID.class)),
                id.value());
    }

    /** The host of the router {@code left} does not carry the floating IPs any more that are now at {@code id}. */
    public void hasLeft(RouterId id, RouterId left) {
        jdbc.update(
                "UPDATE floating_ip SET left_router_id = NULL WHERE router_id = ? AND left_router_id = ?",
                id.value(),
                left.value());
    }

    /** A host knows a higher generation than there is, as after a restore of the database: go on from above. */
    public void raise(RouterId id) {
        jdbc.query("SELECT touch_routers(ARRAY[?])", _ -> {}, id.value());
    }
}
