package dev.yado.network;

import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Networks of the data centre, which the administrator makes known: only a part of their addresses is the cloud's to give. */
@Service
class ProviderNetworks {
    private static final String INSERT = """
            INSERT INTO network (id, name, segment, provider, vlan, mtu, external, shared)
            VALUES (?, ?, CASE WHEN ?::int IS NULL THEN 'FLAT' ELSE 'VLAN' END, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """;

    private final Networks networks;
    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;

    ProviderNetworks(Networks networks, JdbcTemplate jdbc, TransactionTemplate transactions) {
        this.networks = networks;
        this.jdbc = jdbc;
        this.transactions = transactions;
    }

    /** @param provider the name by which hosts know their way to it. @param vlan null: untagged */
    record NewProvider(
            String name, int mtu, String provider, @Nullable Integer vlan, boolean external, boolean shared) {}

    /** @throws YadoException {@code FORBIDDEN}, {@code NAME_TAKEN} also when another network is the same of that provider */
    NetworkId create(Caller caller, NewProvider asked) {
        caller.requireAdministrator();
        NetworkId id = NetworkId.random();
        int made = jdbc.update(
                INSERT,
                id.value(),
                asked.name(),
                asked.vlan(),
                asked.provider(),
                asked.vlan(),
                asked.mtu(),
                asked.external(),
                asked.shared());
        if (made == 0) {
            throw new YadoException(
                    ErrorCode.NAME_TAKEN,
                    "another provider network has the name " + asked.name() + ", or is "
                            + (asked.vlan() == null ? "the untagged network" : "VLAN " + asked.vlan()) + " of "
                            + asked.provider() + ": "
                            + jdbc
                                    .queryForList(
                                            "SELECT id FROM network WHERE tenant_id IS NULL AND name = ? OR provider = ?"
                                                    + " AND coalesce(vlan, 0) = coalesce(?::int, 0) LIMIT 1",
                                            UUID.class,
                                            asked.name(),
                                            asked.provider(),
                                            asked.vlan())
                                    .stream()
                                    .findFirst()
                                    .map(UUID::toString)
                                    .orElse("just being deleted"));
        }
        return id;
    }

    /** What is different in the data centre. All null: nothing. */
    record NewRange(
            @Nullable Ip gateway,
            @Nullable Ip first,
            @Nullable Ip last) {
        boolean isNothing() {
            return gateway == null && first == null && last == null;
        }
    }

    /**
     * Of any network; with a range only of a provider's. Then the first address of it is the service address.
     *
     * @throws YadoException what {@link Networks#addSubnet} throws; {@code INVALID_REQUEST} for a range that is none
     */
    SubnetView addSubnet(Caller caller, NetworkId network, Networks.NewSubnet asked, NewRange range) {
        if (range.isNothing()) {
            return networks.addSubnet(caller, network, asked);
        }
        if (networks.get(caller, network).tenant() != null) {
            throw invalid("gatewayAddress, rangeFirst and rangeLast are for provider networks");
        }
        check(asked.cidr(), range);
        return Objects.requireNonNull(transactions.execute(_ -> {
            SubnetView made = networks.addSubnet(caller, network, asked);
            shape(made, range);
            return networks.getSubnet(caller, network, made.id());
        }));
    }

    private static void check(Cidr cidr, NewRange range) {
        Ip first = range.first();
        Ip last = range.last();
        if ((first == null) != (last == null)) {
            throw invalid("rangeFirst and rangeLast belong together");
        }
        inside("gatewayAddress", cidr, range.gateway());
        inside("rangeFirst", cidr, first);
        inside("rangeLast", cidr, last);
        if (first != null && last != null && first.compareTo(last) >= 0) {
            throw invalid("rangeFirst " + first + " has to be below rangeLast " + last
                    + ": the first is the service address");
        }
        Ip gateway = range.gateway() == null ? cidr.address().plus(1) : range.gateway();
        if (first != null && last != null && first.compareTo(gateway) <= 0 && gateway.compareTo(last) <= 0) {
            throw invalid("the gateway " + gateway + " is in the range that is to be given: " + first + " to " + last);
        }
    }

    private static void inside(String field, Cidr cidr, @Nullable Ip address) {
        if (address == null) {
            return;
        }
        boolean edge = address.equals(cidr.address()) || !cidr.v6() && address.equals(cidr.last());
        if (!cidr.contains(address) || edge) {
            throw new YadoException(
                    ErrorCode.ADDRESS_OUTSIDE_SUBNET,
                    "the field " + field + ": " + address + " is no station of " + cidr);
        }
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }

    private void shape(SubnetView made, NewRange range) {
        UUID id = made.id().value();
        Ip gateway = range.gateway();
        if (gateway != null) {
            jdbc.update(
                    "UPDATE address SET ip = ?::inet WHERE subnet_id = ? AND use = 'GATEWAY'", gateway.toString(), id);
            jdbc.update(
                    "UPDATE subnet SET gateway = ?::inet WHERE id = ? AND gateway IS NOT NULL", gateway.toString(), id);
        }
        Ip first = range.first();
        if (first != null) {
            jdbc.update(
                    "UPDATE address SET ip = ?::inet WHERE subnet_id = ? AND use = 'SERVICE'", first.toString(), id);
            jdbc.update(
                    """
                    UPDATE subnet SET service = ?::inet, range_first = ?::inet, range_last = ?::inet, next_address = ?::inet
                    WHERE id = ?
                    """,
                    first.toString(),
                    first.toString(),
                    String.valueOf(range.last()),
                    first.plus(1).toString(),
                    id);
        }
    }
}
