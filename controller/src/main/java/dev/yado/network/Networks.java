package dev.yado.network;

import dev.yado.api.Caller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What callers do with networks and their subnets. */
@Service
public class Networks {
    private final NetworkRows rows;
    private final Quotas quotas;
    private final TransactionTemplate transactions;
    private final TransactionTemplate nested;

    Networks(NetworkRows rows, Quotas quotas, PlatformTransactionManager transactions) {
        this.rows = rows;
        this.quotas = quotas;
        this.transactions = new TransactionTemplate(transactions);
        // What the database refuses is explained after the refusal, in the same transaction where there is one.
        this.nested = new TransactionTemplate(
                transactions, new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
    }

    /** @throws YadoException {@code NAME_TAKEN}, {@code QUOTA_EXCEEDED} */
    public NetworkId create(Caller caller, String name, int mtu) {
        TenantId tenant = caller.requireTenant();
        return inTransaction(() -> {
            quotas.require(tenant, new Quota.NetworkAmounts(1, 0, 0));
            NetworkId id = NetworkId.random();
            if (!rows.insert(id, tenant, name, mtu)) {
                throw new YadoException(
                        ErrorCode.NAME_TAKEN,
                        "the name " + name + " is taken by network "
                                + rows.named(tenant, name)
                                        .map(NetworkId::toString)
                                        .orElse("which is just being deleted"));
            }
            return id;
        });
    }

    Page<NetworkView> list(Caller caller, PageRequest page, @Nullable String name) {
        return Page.of(
                page,
                rows.page(caller.tenant().orElse(null), name, page.after(), page.rowsToRead()),
                network -> network.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's */
    NetworkView get(Caller caller, NetworkId id) {
        return rows.find(id)
                .filter(network -> caller.sees(network.tenant()))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no network " + id));
    }

    NetworkView.Detail detail(Caller caller, NetworkId id) {
        NetworkView network = get(caller, id);
        return new NetworkView.Detail(network, rows.generation(id), rows.carriers(id));
    }

    /**
     * Hosts are told afterwards; one that is away is told when it is back.
     *
     * @throws YadoException {@code IN_USE} with the name of a card or router in it
     */
    void delete(Caller caller, NetworkId id, IfMatch version) {
        getToChange(caller, id);
        inTransaction(() -> {
            if (!rows.lock(id)) {
                throw new YadoException(ErrorCode.NOT_FOUND, "there is no network " + id);
            }
            NetworkView network = get(caller, id);
            version.check(network.etag());
            rows.user(id, null).ifPresent(user -> {
                throw new YadoException(ErrorCode.IN_USE, user + " is in the network " + network.name());
            });
            try {
                nested.executeWithoutResult(_ -> rows.delete(id));
            } catch (DataIntegrityViolationException used) {
                throw new YadoException(ErrorCode.IN_USE, "the network " + network.name() + " is in use", used);
            }
            return id;
        });
    }

    /** What a caller asks of a subnet. @param gateway whether guests are told of one */
    record NewSubnet(Cidr cidr, boolean gateway, boolean dhcp, List<Ip> dnsServers) {}

    /** @throws YadoException {@code SUBNET_OVERLAPS} with the other subnet, of this network or one that a router joins with it */
    SubnetView addSubnet(Caller caller, NetworkId id, NewSubnet asked) {
        getToChange(caller, id);
        Cidr cidr = asked.cidr();
        SubnetView subnet = new SubnetView(
                SubnetId.random(),
                id,
                cidr,
                asked.gateway() ? cidr.address().plus(1) : null,
                cidr.address().plus(2),
                asked.dhcp(),
                asked.dnsServers(),
                Instant.now());
        return inTransaction(() -> {
            rows.lockJoined(id);
            refuseOverlap(subnet, null);
            try {
                nested.executeWithoutResult(_ -> rows.insert(subnet));
            } catch (DataIntegrityViolationException refused) {
                refuseOverlap(subnet, refused);
                throw refused;
            }
            return getSubnet(caller, id, subnet.id());
        });
    }

    private void refuseOverlap(SubnetView subnet, @Nullable Exception cause) {
        rows.overlapping(subnet.network(), subnet.cidr(), subnet.id()).ifPresent(other -> {
            String joined = other.network().equals(subnet.network())
                    ? ""
                    : ", of network " + other.network() + ", which a router joins with this one";
            String detail = subnet.cidr() + " overlaps " + other.cidr() + " (subnet " + other.id() + joined + ")";
            throw cause == null
                    ? new YadoException(ErrorCode.SUBNET_OVERLAPS, detail)
                    : new YadoException(ErrorCode.SUBNET_OVERLAPS, detail, cause);
        });
    }

    Page<SubnetView> subnets(Caller caller, NetworkId id, PageRequest page) {
        get(caller, id);
        return Page.of(
                page,
                rows.subnets(id, page.after(), page.rowsToRead()),
                subnet -> subnet.id().value());
    }

    SubnetView getSubnet(Caller caller, NetworkId network, SubnetId id) {
        return get(caller, network).subnets().stream()
                .filter(subnet -> subnet.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new YadoException(ErrorCode.NOT_FOUND, "there is no subnet " + id + " in network " + network));
    }

    /** @throws YadoException {@code IN_USE} with the name of what has an address of it */
    void deleteSubnet(Caller caller, NetworkId network, SubnetId id, IfMatch version) {
        getToChange(caller, network);
        inTransaction(() -> {
            rows.lock(network);
            SubnetView subnet = getSubnet(caller, network, id);
            version.check(Etag.of(subnet));
            rows.user(network, id).ifPresent(user -> {
                throw new YadoException(ErrorCode.IN_USE, user + " has an address of " + subnet.cidr());
            });
            try {
                nested.executeWithoutResult(_ -> rows.delete(id));
            } catch (DataIntegrityViolationException used) {
                throw new YadoException(ErrorCode.IN_USE, "an address of " + subnet.cidr() + " is in use", used);
            }
            return id;
        });
    }

    private void getToChange(Caller caller, NetworkId id) {
        NetworkView network = get(caller, id);
        if (!caller.mayChange(network.tenant())) {
            throw new YadoException(
                    ErrorCode.FORBIDDEN,
                    "the network " + network.name() + " is for all tenants: only the administrator changes it");
        }
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(_ -> work.get()));
    }
}
