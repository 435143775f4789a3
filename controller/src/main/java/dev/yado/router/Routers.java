package dev.yado.router;

import dev.yado.api.Caller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** What callers may do with routers. Each change is one transaction, with the router and its networks locked. */
@Service
class Routers {
    private final RouterRows rows;
    private final Ground ground;
    private final Gateways gateways;
    private final Quotas quotas;
    private final TransactionTemplate transactions;

    Routers(RouterRows rows, Ground ground, Gateways gateways, Quotas quotas, TransactionTemplate transactions) {
        this.rows = rows;
        this.ground = ground;
        this.gateways = gateways;
        this.quotas = quotas;
        this.transactions = transactions;
    }

    /** @param address null: any */
    record NewExternal(NetworkId network, @Nullable Ip address, boolean snat) {}

    /** @throws YadoException {@code NAME_TAKEN} with the id of the router that has the name; what {@link #setExternal} throws */
    RouterView create(Caller caller, String name, @Nullable NewExternal external) {
        TenantId tenant = caller.requireTenant();
        RouterId id = RouterId.random();
        return Objects.requireNonNull(transactions.execute(_ -> {
            quotas.require(tenant, new Quota.NetworkAmounts(0, 0, 0, 1));
            if (!rows.insert(id, tenant, name)) {
                throw new YadoException(
                        ErrorCode.NAME_TAKEN,
                        "the router "
                                + rows.named(tenant, name)
                                        .map(RouterId::toString)
                                        .orElse("") + " has the name " + name);
            }
            if (external != null) {
                lead(caller, view(id), external);
                gateways.settle(id);
            }
            return view(id);
        }));
    }

    Page<RouterView> list(Caller caller, @Nullable String name, PageRequest page) {
        return Page.of(
                page,
                rows.list(caller.tenant().orElse(null), name, page),
                router -> router.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} also for what the caller does not see */
    RouterView get(Caller caller, RouterId id) {
        return rows.find(id).filter(found -> caller.sees(found.tenant())).orElseThrow(() -> notFound(id));
    }

    /** @throws YadoException {@code IN_USE} while floating IPs lead through it */
    void delete(Caller caller, RouterId id, IfMatch version) {
        get(caller, id);
        transactions.executeWithoutResult(_ -> {
            lock(id, null, version);
            refuseWhile(id, null, "the router");
            rows.delete(id);
        });
    }

    /**
     * @throws YadoException {@code NOT_FOUND}, {@code CONFLICT} for a network that is not external, {@code ADDRESS_TAKEN} and
     *     {@code ADDRESSES_EXHAUSTED}, {@code IN_USE} while floating IPs of another network lead through it
     */
    RouterView setExternal(Caller caller, RouterId id, NewExternal external, IfMatch version) {
        return change(caller, id, external.network(), version, router -> lead(caller, router, external));
    }

    RouterView clearExternal(Caller caller, RouterId id, IfMatch version) {
        return change(caller, id, null, version, this::close);
    }

    private void lead(Caller caller, RouterView router, NewExternal asked) {
        Ground.Network network = ground.external(caller, asked.network());
        List<Ground.Subnet> subnets = ground.subnetsOf(network.id());
        for (Ground.Subnet subnet : subnets) {
            refuseOverlap(router, subnet.cidr(), "the external network's range");
        }
        RouterView.External present = router.external();
        Ip address = asked.address();
        if (present != null
                && present.network().equals(network.id())
                && (address == null || present.addresses().contains(address))) {
            rows.setExternal(router.id(), network.id(), asked.snat());
            return;
        }
        close(router);
        rows.setExternal(router.id(), network.id(), asked.snat());
        NicId nic = rows.nic(router, network.id(), false);
        Outside.take(rows, network, subnets, nic, address, router.tenant());
    }

    private void close(RouterView router) {
        RouterView.External present = router.external();
        if (present != null) {
            refuseWhile(router.id(), null, "the way out of the router");
            rows.deleteNic(rows.nic(router, present.network(), false));
            rows.setExternal(router.id(), null, true);
        }
    }

    /**
     * @param address null: what is kept for a router in the subnet
     * @throws YadoException {@code SUBNET_OVERLAPS} with a range that it knows already, {@code ADDRESS_TAKEN},
     *     {@code INVALID_REQUEST} for an address outside
     */
    RouterView putSubnet(Caller caller, RouterId id, UUID subnetId, @Nullable Ip address, IfMatch version) {
        Ground.Subnet subnet = ground.subnet(caller, subnetId);
        return change(caller, id, subnet.network(), version, router -> {
            if (!router.tenant().equals(subnet.owner())) {
                throw new YadoException(
                        ErrorCode.NOT_FOUND, "there is no subnet " + subnetId + " of the router's tenant");
            }
            RouterView.Foot known = router.feet().stream()
                    .filter(foot -> foot.subnet().equals(subnetId))
                    .findFirst()
                    .orElse(null);
            if (known != null && (address == null || known.address().equals(address))) {
                return;
            }
            if (known != null) {
                rows.leave(known.nic(), subnetId);
            } else {
                refuseOverlap(router, subnet.cidr(), "the subnet");
                refuseOutside(router, subnet.cidr());
            }
            stand(router, subnet, address);
        });
    }

    private void stand(RouterView router, Ground.Subnet subnet, @Nullable Ip address) {
        NicId nic = rows.nic(router, subnet.network(), true);
        if (address == null || address.equals(subnet.kept())) {
            if (!rows.takeGateway(subnet.network(), subnet.kept(), nic)) {
                throw new YadoException(
                        ErrorCode.ADDRESS_TAKEN,
                        "another router answers at " + subnet.kept() + ", the gateway of the subnet " + subnet.cidr()
                                + ": give another address of it");
            }
            return;
        }
        Outside.refuse(
                rows.take(subnet.id(), nic, address, "NIC", router.tenant()),
                address,
                subnet.cidr().toString());
    }

    /** @throws YadoException {@code NOT_FOUND} where it has no foot, {@code IN_USE} while a floating IP leads there or a route */
    RouterView removeSubnet(Caller caller, RouterId id, UUID subnetId, IfMatch version) {
        return change(caller, id, null, version, router -> {
            RouterView.Foot foot = router.feet().stream()
                    .filter(each -> each.subnet().equals(subnetId))
                    .findFirst()
                    .orElseThrow(() -> new YadoException(
                            ErrorCode.NOT_FOUND,
                            "the router " + router.name() + " has no foot in the subnet " + subnetId));
            refuseWhile(id, subnetId, "the router's foot in " + foot.cidr());
            for (StaticRoute route : router.routes()) {
                if (foot.cidr().contains(route.nextHop())) {
                    throw new YadoException(
                            ErrorCode.IN_USE,
                            "the route to " + route.destination() + " by " + route.nextHop() + " begins in "
                                    + foot.cidr());
                }
            }
            boolean last = router.feet().stream()
                            .filter(each -> each.nic().equals(foot.nic()))
                            .count()
                    == 1;
            if (last) {
                rows.deleteNic(foot.nic());
            } else {
                rows.leave(foot.nic(), subnetId);
            }
        });
    }

    /** @throws YadoException {@code INVALID_REQUEST} for a next hop that is in none of its subnets, and for what is said twice */
    RouterView setRoutes(Caller caller, RouterId id, List<StaticRoute> routes, IfMatch version) {
        return change(caller, id, null, version, router -> {
            Set<Cidr> seen = new HashSet<>();
            for (StaticRoute route : routes) {
                check(router, route);
                if (!seen.add(route.destination())) {
                    throw new YadoException(
                            ErrorCode.INVALID_REQUEST, "the field routes has two ways to " + route.destination());
                }
            }
            rows.setRoutes(id, routes);
        });
    }

    private static void check(RouterView router, StaticRoute route) {
        Ip hop = route.nextHop();
        if (hop.v6() != route.destination().v6()) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the route to " + route.destination() + " is of another family than its next hop " + hop);
        }
        RouterView.Foot foot = router.feet().stream()
                .filter(each -> each.cidr().contains(hop))
                .findFirst()
                .orElseThrow(() -> new YadoException(
                        ErrorCode.INVALID_REQUEST,
                        "the next hop " + hop + " of the route to " + route.destination()
                                + " is in no subnet that the router has a foot in"));
        if (foot.address().equals(hop)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the next hop " + hop + " of the route to " + route.destination() + " is the router itself");
        }
    }

    /**
     * @param host null: the best of the others
     * @throws YadoException {@code NO_HOST_FITS} with the reasons
     */
    RouterView moveGateway(Caller caller, RouterId id, @Nullable HostId host) {
        get(caller, id);
        caller.requireAdministrator();
        return Objects.requireNonNull(transactions.execute(_ -> {
            lock(id, null, IfMatch.ANY);
            gateways.move(id, host);
            return view(id);
        }));
    }

    private RouterView change(
            Caller caller, RouterId id, @Nullable NetworkId joining, IfMatch version, Consumer<RouterView> how) {
        get(caller, id);
        return Objects.requireNonNull(transactions.execute(_ -> {
            how.accept(lock(id, joining, version));
            gateways.settle(id);
            return view(id);
        }));
    }

    private RouterView lock(RouterId id, @Nullable NetworkId joining, IfMatch version) {
        if (!rows.lock(id, joining)) {
            throw notFound(id);
        }
        RouterView present = view(id);
        version.check(etag(present));
        return present;
    }

    /** Of what callers decide; what hosts make of it is no other version. */
    static Etag etag(RouterView router) {
        return Etag.of(new RouterView(
                router.id(),
                router.tenant(),
                router.name(),
                0,
                router.external(),
                router.feet(),
                router.routes(),
                new RouterView.Gateway(null, null, null, false, null),
                router.createdAt()));
    }

    private void refuseWhile(RouterId id, @Nullable UUID subnet, String what) {
        rows.floatingIpThrough(id, subnet).ifPresent(used -> {
            throw new YadoException(ErrorCode.IN_USE, used + " leads through " + what + ": unassign it first");
        });
    }

    private static void refuseOverlap(RouterView router, Cidr range, String what) {
        for (RouterView.Foot foot : router.feet()) {
            if (foot.cidr().overlaps(range)) {
                throw new YadoException(
                        ErrorCode.SUBNET_OVERLAPS,
                        what + " " + range + " overlaps " + foot.cidr() + ", in which the router " + router.name()
                                + " has a foot already");
            }
        }
    }

    private void refuseOutside(RouterView router, Cidr range) {
        RouterView.External external = router.external();
        if (external == null) {
            return;
        }
        for (Ground.Subnet outside : ground.subnetsOf(external.network())) {
            if (outside.cidr().overlaps(range)) {
                throw new YadoException(
                        ErrorCode.SUBNET_OVERLAPS,
                        "the subnet " + range + " overlaps " + outside.cidr()
                                + " of the external network of the router " + router.name());
            }
        }
    }

    private RouterView view(RouterId id) {
        return rows.find(id).orElseThrow(() -> notFound(id));
    }

    private static YadoException notFound(RouterId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "there is no router " + id);
    }
}
