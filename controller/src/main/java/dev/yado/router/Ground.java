package dev.yado.router;

import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What routers stand on: networks, subnets and cards, as the caller sees them. */
@Component
class Ground {
    private final JdbcClient jdbc;

    Ground(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param owner null: it is for all tenants. @param provider null: it is a tunnel between hosts */
    record Network(
            NetworkId id,
            @Nullable TenantId owner,
            String name,
            boolean external,
            @Nullable String provider) {}

    /** @param kept what is kept for a router's foot */
    record Subnet(
            UUID id,
            NetworkId network,
            @Nullable TenantId owner,
            Cidr cidr,
            Ip kept,
            @Nullable Ip first,
            @Nullable Ip last) {
        /** Whether an address may be asked for by name. */
        boolean gives(Ip address) {
            Ip from = first;
            Ip to = last;
            return from == null || to == null || address.compareTo(from) >= 0 && address.compareTo(to) <= 0;
        }
    }

    /** A card of a VM. */
    record Card(NicId id, TenantId owner, NetworkId network, UUID vm, List<Ip> addresses) {
        Card {
            addresses = List.copyOf(addresses);
        }
    }

    /** @throws YadoException {@code NOT_FOUND} also for what the caller does not see, {@code CONFLICT} for what is not external */
    Network external(Caller caller, NetworkId id) {
        Network network = jdbc.sql("SELECT * FROM network WHERE id = ? FOR KEY SHARE")
                .param(id.value())
                .query(Ground::network)
                .optional()
                .filter(found -> caller.sees(found.owner()))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no network " + id));
        if (!network.external()) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "the network " + network.name() + " (" + id
                            + ") is no way out of the cloud: that is one that the administrator"
                            + " has made as external");
        }
        return network;
    }

    /** @throws YadoException {@code INVALID_REQUEST} unless there is exactly one */
    NetworkId onlyExternal() {
        List<Network> all = jdbc.sql("SELECT * FROM network WHERE external ORDER BY id LIMIT 2")
                .query(Ground::network)
                .list();
        if (all.size() != 1) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    all.isEmpty()
                            ? "the cloud has no external network: the administrator makes one"
                            : "the field networkId is needed: there are several external networks, such as "
                                    + all.getFirst().name() + " and "
                                    + all.getLast().name());
        }
        return all.getFirst().id();
    }

    /** @throws YadoException {@code NOT_FOUND} also for what the caller does not see */
    Subnet subnet(Caller caller, UUID id) {
        return jdbc.sql(SUBNET + " WHERE s.id = ? FOR KEY SHARE OF s")
                .param(id)
                .query(Ground::subnet)
                .optional()
                .filter(found -> found.owner() != null && caller.sees(found.owner()))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no subnet " + id + " of a tenant"));
    }

    List<Subnet> subnetsOf(NetworkId network) {
        return jdbc.sql(SUBNET + " WHERE s.network_id = ? ORDER BY s.id")
                .param(network.value())
                .query(Ground::subnet)
                .list();
    }

    /**
     * It stays until the end of the transaction.
     *
     * @throws YadoException {@code NOT_FOUND} also for what the caller does not see
     */
    Card card(Caller caller, NicId id) {
        List<Ip> addresses = jdbc.sql("SELECT ip FROM address WHERE nic_id = ? ORDER BY ip")
                .param(id.value())
                .query((row, _) -> Inet.ip(row.getString("ip")))
                .list();
        return jdbc.sql("SELECT * FROM nic WHERE id = ? AND vm_id IS NOT NULL FOR KEY SHARE")
                .param(id.value())
                .query((row, _) -> new Card(
                        id,
                        new TenantId(row.getObject("tenant_id", UUID.class)),
                        new NetworkId(row.getObject("network_id", UUID.class)),
                        row.getObject("vm_id", UUID.class),
                        addresses))
                .optional()
                .filter(found -> caller.sees(found.owner()))
                .orElseThrow(
                        () -> new YadoException(ErrorCode.NOT_FOUND, "there is no network card " + id + " of a VM"));
    }

    private static final String SUBNET = """
            SELECT s.*, n.tenant_id,
                (SELECT a.ip FROM address a WHERE a.subnet_id = s.id AND a.use = 'GATEWAY' ORDER BY a.ip LIMIT 1) AS kept
            FROM subnet s JOIN network n ON n.id = s.network_id
            """;

    private static Network network(ResultSet row, int ignored) throws SQLException {
        UUID owner = row.getObject("tenant_id", UUID.class);
        return new Network(
                new NetworkId(row.getObject("id", UUID.class)),
                owner == null ? null : new TenantId(owner),
                row.getString("name"),
                row.getBoolean("external"),
                row.getString("provider"));
    }

    private static Subnet subnet(ResultSet row, int ignored) throws SQLException {
        UUID owner = row.getObject("tenant_id", UUID.class);
        Cidr cidr = Inet.cidr(row.getString("cidr"));
        Ip kept = Inet.ipOrNull(row.getString("kept"));
        return new Subnet(
                row.getObject("id", UUID.class),
                new NetworkId(row.getObject("network_id", UUID.class)),
                owner == null ? null : new TenantId(owner),
                cidr,
                kept == null ? cidr.address().plus(1) : kept,
                Inet.ipOrNull(row.getString("range_first")),
                Inet.ipOrNull(row.getString("range_last")));
    }
}
