package dev.yado.router;

import dev.yado.api.Caller;
import dev.yado.api.Etag;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** External addresses that tenants hold. Cards are locked before addresses and these before routers, as the removal of a VM does. */
@Service
class FloatingIps {
    private static final int MOST_FORWARDINGS = 200;

    private final FloatingIpRows rows;
    private final RouterRows routers;
    private final Ground ground;
    private final Quotas quotas;
    private final TransactionTemplate transactions;

    FloatingIps(
            FloatingIpRows rows, RouterRows routers, Ground ground, Quotas quotas, TransactionTemplate transactions) {
        this.rows = rows;
        this.routers = routers;
        this.ground = ground;
        this.quotas = quotas;
        this.transactions = transactions;
    }

    /**
     * @param network null: the only external one
     * @param address null: the next
     * @throws YadoException {@code ADDRESSES_EXHAUSTED}, {@code ADDRESS_TAKEN}, {@code QUOTA_EXCEEDED}; {@code CONFLICT} for a network
     *     that is not external
     */
    FloatingIpView create(Caller caller, @Nullable NetworkId network, @Nullable Ip address) {
        TenantId tenant = caller.requireTenant();
        return Objects.requireNonNull(transactions.execute(_ -> {
            quotas.require(tenant, new Quota.NetworkAmounts(0, 1, 0));
            Ground.Network from = ground.external(caller, network == null ? ground.onlyExternal() : network);
            Ip taken = Outside.takeFloating(routers, from, ground.subnetsOf(from.id()), address, tenant);
            FloatingIpId id = FloatingIpId.random();
            rows.insert(id, tenant, from.id(), taken);
            return present(id);
        }));
    }

    Page<FloatingIpView> list(Caller caller, @Nullable Ip address, PageRequest page) {
        return Page.of(
                page,
                rows.list(caller.tenant().orElse(null), address, page),
                floating -> floating.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} also for what the caller does not see */
    FloatingIpView get(Caller caller, FloatingIpId id) {
        return rows.find(id).filter(found -> caller.sees(found.tenant())).orElseThrow(() -> notFound(id));
    }

    /**
     * Moves it in one step: routers hear of it in the order in which nobody else answers at the address meanwhile.
     *
     * @param nic null: it leads nowhere
     * @param fixed which address of the card; null: its only one of the family
     * @throws YadoException {@code NOT_ROUTED} when no router joins the card's subnet and the external network, {@code IN_USE} when
     *     another one leads there, or ports of this one lead somewhere
     */
    FloatingIpView assign(Caller caller, FloatingIpId id, @Nullable NicId nic, @Nullable Ip fixed, IfMatch version) {
        get(caller, id);
        return Objects.requireNonNull(transactions.execute(_ -> {
            Ground.Card card = nic == null ? null : ground.card(caller, nic);
            FloatingIpView floating = lock(id, version);
            if (card == null) {
                rows.assign(id, null, null, floating.forwardings().isEmpty() ? null : floating.router());
                return present(id);
            }
            if (!floating.forwardings().isEmpty()) {
                throw new YadoException(
                        ErrorCode.IN_USE,
                        "ports of " + floating.address()
                                + " lead somewhere, so it cannot lead somewhere as a whole: remove its "
                                + floating.forwardings().size() + " port forwardings first");
            }
            Ip inner = inner(floating, card, fixed);
            rows.leadingTo(card.id(), inner, id).ifPresent(other -> {
                throw new YadoException(
                        ErrorCode.IN_USE,
                        "the floating IP " + other.address() + " (" + other.id() + ") leads to " + inner + " already");
            });
            rows.assign(id, card.id(), inner, router(floating, card, inner));
            return present(id);
        }));
    }

    void delete(Caller caller, FloatingIpId id, IfMatch version) {
        get(caller, id);
        transactions.executeWithoutResult(_ -> rows.delete(lock(id, version)));
    }

    /** @param address null: the card's only one of the family */
    record NewForwarding(
            SecurityRule.Protocol protocol,
            int port,
            NicId nic,
            @Nullable Ip address,
            int targetPort) {}

    /**
     * @throws YadoException {@code IN_USE} when the address leads somewhere as a whole or the port does, {@code NOT_ROUTED}, also for a
     *     card behind another router than the other ports lead to
     */
    FloatingIpView.Forwarding forward(Caller caller, FloatingIpId id, NewForwarding asked) {
        get(caller, id);
        return Objects.requireNonNull(transactions.execute(_ -> {
            Ground.Card card = ground.card(caller, asked.nic());
            FloatingIpView floating = lock(id, IfMatch.ANY);
            if (floating.nic() != null) {
                throw new YadoException(
                        ErrorCode.IN_USE,
                        floating.address() + " leads to " + floating.fixed()
                                + " as a whole: unassign it before ports of it lead" + " elsewhere");
            }
            if (floating.forwardings().size() >= MOST_FORWARDINGS) {
                throw new YadoException(
                        ErrorCode.TOO_LARGE,
                        floating.address() + " has " + MOST_FORWARDINGS + " port forwardings, the most");
            }
            Ip inner = inner(floating, card, asked.address());
            RouterId router = router(floating, card, inner);
            if (!floating.forwardings().isEmpty() && !router.equals(floating.router())) {
                throw new YadoException(
                        ErrorCode.NOT_ROUTED,
                        inner + " is behind the router " + router + ", the other ports of " + floating.address()
                                + " lead through " + floating.router() + ": one address is at one router");
            }
            rows.assign(id, null, null, router);
            FloatingIpView.Forwarding made = new FloatingIpView.Forwarding(
                    UuidV7.next(), asked.protocol(), asked.port(), card.id(), inner, asked.targetPort());
            if (!rows.forward(id, made)) {
                throw new YadoException(
                        ErrorCode.IN_USE,
                        asked.protocol() + " port " + asked.port() + " of " + floating.address()
                                + " leads somewhere already");
            }
            return made;
        }));
    }

    void deleteForwarding(Caller caller, FloatingIpId id, UUID forwarding) {
        get(caller, id);
        transactions.executeWithoutResult(_ -> {
            lock(id, IfMatch.ANY);
            if (!rows.deleteForwarding(id, forwarding)) {
                throw new YadoException(ErrorCode.NOT_FOUND, "there is no port forwarding " + forwarding);
            }
        });
    }

    /** Of the card's addresses the one that it is to lead to. */
    private static Ip inner(FloatingIpView floating, Ground.Card card, @Nullable Ip asked) {
        if (!card.owner().equals(floating.tenant())) {
            throw new YadoException(
                    ErrorCode.NOT_FOUND, "there is no network card " + card.id() + " of the same tenant");
        }
        List<Ip> fit = card.addresses().stream()
                .filter(address -> address.v6() == floating.address().v6())
                .filter(address -> asked == null || address.equals(asked))
                .toList();
        if (fit.size() == 1) {
            return fit.getFirst();
        }
        throw new YadoException(
                ErrorCode.INVALID_REQUEST,
                fit.isEmpty()
                        ? "the network card " + card.id() + " has no address "
                                + (asked == null ? "of the family of " + floating.address() : asked.toString())
                                + (asked != null
                                                && asked.v6()
                                                        != floating.address().v6()
                                        ? " of the family of " + floating.address()
                                        : "")
                        : "the field address is needed: the network card has " + fit);
    }

    private RouterId router(FloatingIpView floating, Ground.Card card, Ip inner) {
        // Looked for again with the router locked: it may have lost its foot or its way out just now.
        return rows.between(floating.network(), card.network(), inner)
                .filter(rows::lockRouter)
                .flatMap(_ -> rows.between(floating.network(), card.network(), inner))
                .orElseThrow(() -> new YadoException(
                        ErrorCode.NOT_ROUTED,
                        "no router has a foot in the subnet of " + inner + " and its way out through the network of "
                                + floating.address()));
    }

    private FloatingIpView lock(FloatingIpId id, IfMatch version) {
        if (!rows.lock(id)) {
            throw notFound(id);
        }
        FloatingIpView present = present(id);
        version.check(Etag.of(present));
        return present;
    }

    private FloatingIpView present(FloatingIpId id) {
        return rows.find(id).orElseThrow(() -> notFound(id));
    }

    private static YadoException notFound(FloatingIpId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "there is no floating IP " + id);
    }
}
