package dev.yado.router;

import dev.yado.api.Caller;
import dev.yado.host.NetworkAgents;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.router.Trace.Stop;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Follows a packet: what is wanted is read from rows, what is real is asked of the hosts on its way. It goes on behind a stop where it
 * can, so that the next one is seen too. Never called inside a transaction.
 */
@Service
class NetworkTraces {
    private final TraceRows rows;
    private final Ground ground;
    private final RouterRows routers;
    private final NetworkAgents agents;

    NetworkTraces(TraceRows rows, Ground ground, RouterRows routers, NetworkAgents agents) {
        this.rows = rows;
        this.ground = ground;
        this.routers = routers;
        this.agents = agents;
    }

    /** Of each side one is given. @param port null for protocols without */
    record Question(
            @Nullable UUID fromVm,
            @Nullable NicId fromNic,
            @Nullable UUID toVm,
            @Nullable NicId toNic,
            @Nullable Ip toAddress,
            SecurityRule.Protocol protocol,
            @Nullable Integer port) {}

    /** @throws YadoException {@code NOT_FOUND} for what the caller does not see, {@code INVALID_REQUEST} */
    Trace trace(Caller caller, Question asked) {
        boolean ports = asked.protocol() != SecurityRule.Protocol.ICMP;
        if (ports != (asked.port() != null)) {
            throw invalid(ports ? "the field port is needed with " + asked.protocol() : "ICMP has no port");
        }
        Ground.Card from = ground.card(caller, card("from", asked.fromNic(), asked.fromVm(), null));
        Ip to = destination(caller, asked, from);
        Ip source = from.addresses().stream()
                .filter(address -> address.v6() == to.v6())
                .findFirst()
                .orElseThrow(() -> new YadoException(
                        ErrorCode.INVALID_REQUEST,
                        "the card " + from.id() + " has no address of the family of " + to + ": it has "
                                + from.addresses()));
        Trace trace = new Trace(source, to, asked.protocol(), asked.port());
        leave(trace, from);
        Optional<TraceRows.Range> here = rows.range(from.network(), to);
        if (here.isPresent()) {
            trace.pass(
                    "routing",
                    to + " is in the sender's own network, in " + here.get().cidr());
            arrive(caller, trace, from.network(), source, to, asked.port());
        } else {
            route(caller, trace, from, source);
        }
        return trace;
    }

    private NicId card(String side, @Nullable NicId nic, @Nullable UUID vm, @Nullable Ip address) {
        if ((nic == null ? 0 : 1) + (vm == null ? 0 : 1) + (address == null ? 0 : 1) != 1) {
            throw invalid("of " + side + "VmId, " + side + "NicId" + (side.equals("to") ? " and toAddress" : "")
                    + " exactly one is needed");
        }
        if (nic != null) {
            return nic;
        }
        List<NicId> cards = rows.cards(Objects.requireNonNull(vm));
        if (cards.isEmpty()) {
            throw new YadoException(ErrorCode.NOT_FOUND, "there is no VM " + vm + " with a network card");
        }
        return cards.getFirst();
    }

    private Ip destination(Caller caller, Question asked, Ground.Card from) {
        Ip address = asked.toAddress();
        if (address != null && asked.toNic() == null && asked.toVm() == null) {
            return address;
        }
        Ground.Card card = ground.card(caller, card("to", asked.toNic(), asked.toVm(), address));
        if (asked.toVm() != null) {
            // A card in the sender's own network is the way that a guest takes.
            card = rows.cards(asked.toVm()).stream()
                    .map(nic -> ground.card(caller, nic))
                    .filter(each -> each.network().equals(from.network()))
                    .findFirst()
                    .orElse(card);
        }
        return card.addresses().stream()
                .filter(each -> from.addresses().stream().anyMatch(own -> own.v6() == each.v6()))
                .findFirst()
                .orElseThrow(() -> invalid("the two cards have no address of one family"));
    }

    private void leave(Trace trace, Ground.Card from) {
        TraceRows.Station station = rows.station(from.id()).orElseThrow();
        HostId host = station.host();
        if (host == null) {
            trace.stop("source", Stop.NOT_RUNNING, "the VM " + station.vm() + " has no host");
        }
        moving(trace, "source", station);
        groups(trace, from.id(), Direction.OUT, trace.to, trace.port);
        if (host != null) {
            inSync(trace, "source", from.network(), host);
            ask(
                    trace,
                    host,
                    new PacketTrace.Question(
                            from.network(),
                            from.id(),
                            Direction.OUT,
                            trace.from,
                            trace.to,
                            trace.protocol,
                            trace.port));
        }
    }

    private void groups(Trace trace, NicId card, Direction direction, Ip other, @Nullable Integer port) {
        String place = "security groups, " + (direction == Direction.OUT ? "out" : "in");
        Optional<String> rule = rows.rule(card, direction, trace.protocol, port, other);
        if (rule.isPresent()) {
            trace.pass(place, rule.get());
        } else {
            trace.stop(
                    place,
                    Stop.RULE_MISSING,
                    "no rule of the groups of the card (" + rows.groups(card) + ") lets " + trace.protocol
                            + (port == null ? "" : " port " + port)
                            + (direction == Direction.OUT ? " out to " : " in from ") + other);
        }
    }

    private static void moving(Trace trace, String side, TraceRows.Station station) {
        if (station.moves() != null) {
            trace.pass(side, "the VM " + station.vm() + " " + station.moves());
        }
    }

    private void inSync(Trace trace, String side, NetworkId network, HostId host) {
        told(trace, side, rows.networkAt(network, host), "network " + network);
    }

    private void told(Trace trace, String side, TraceRows.Sync sync, String what) {
        if (!sync.alive()) {
            trace.add(new Trace.Hop(
                    side,
                    null,
                    Verdict.UNKNOWN,
                    null,
                    Stop.HOST_UNREACHABLE,
                    "host " + sync.name() + " does not report"));
        } else if (sync.problem() != null) {
            trace.stop(
                    side,
                    Stop.HOST_NOT_IN_SYNC,
                    "host " + sync.name() + " has not the newest of " + what + ": " + sync.problem());
        } else {
            trace.pass(side, "host " + sync.name() + " has the newest of " + what);
        }
    }

    private void ask(Trace trace, HostId host, PacketTrace.Question question) {
        try {
            for (PacketTrace.Hop hop : agents.networkOf(host).trace(question).hops()) {
                trace.add(
                        new Trace.Hop("host: " + hop.place(), host, hop.wanted(), hop.real(), stop(hop), hop.detail()));
            }
        } catch (YadoException e) {
            boolean answered = e.code() != ErrorCode.HOST_UNREACHABLE;
            trace.add(new Trace.Hop(
                    "host",
                    host,
                    Verdict.UNKNOWN,
                    Verdict.UNKNOWN,
                    answered ? Stop.HOST_NOT_IN_SYNC : Stop.HOST_UNREACHABLE,
                    String.valueOf(e.getMessage())));
        }
    }

    private static @Nullable Stop stop(PacketTrace.Hop hop) {
        boolean told = hop.wanted() != Verdict.UNKNOWN && hop.real() != Verdict.UNKNOWN;
        if (told && hop.wanted() != hop.real()) {
            return Stop.KERNEL_DIFFERS;
        }
        if (hop.wanted() != Verdict.DROP && hop.real() != Verdict.DROP) {
            return null;
        }
        return hop.place().contains("neighbour") || hop.place().contains("forward")
                ? Stop.ROUTE_MISSING
                : Stop.RULE_MISSING;
    }

    private void route(Caller caller, Trace trace, Ground.Card from, Ip source) {
        TraceRows.Range own = rows.range(from.network(), source).orElseThrow();
        Ip gateway = own.gateway();
        if (gateway == null) {
            trace.stop("routing", Stop.ROUTE_MISSING, "guests of " + own.cidr() + " are told of no default route");
            return;
        }
        Optional<RouterView> found = rows.routerAt(from.network(), gateway).flatMap(routers::find);
        if (found.isEmpty()) {
            trace.stop(
                    "routing",
                    Stop.ROUTE_MISSING,
                    "no router answers at " + gateway + ", the gateway of " + own.cidr());
            return;
        }
        RouterView router = found.get();
        if (!atGateway(trace, router)) {
            return;
        }
        Optional<RouterView.Foot> foot = router.feet().stream()
                .filter(each -> each.cidr().contains(trace.to))
                .findFirst();
        Optional<StaticRoute> way = router.routes().stream()
                .filter(each -> each.destination().contains(trace.to))
                .max(Comparator.comparingInt(each -> each.destination().prefix()));
        if (foot.isPresent()) {
            trace.pass(
                    "routing",
                    "the router " + router.name() + " has a foot in "
                            + foot.get().cidr());
            arrive(caller, trace, foot.get().network(), source, trace.to, trace.port);
        } else if (way.isPresent()) {
            trace.pass(
                    "routing",
                    "the router " + router.name() + " sends it by " + way.get().nextHop() + ", its route to "
                            + way.get().destination() + "; what that does with it is not known here");
        } else {
            outside(caller, trace, router, from, source);
        }
    }

    private boolean atGateway(Trace trace, RouterView router) {
        HostId host = router.gateway().host();
        if (host == null) {
            trace.stop(
                    "gateway",
                    Stop.NO_GATEWAY,
                    "the router " + router.name() + " has no gateway: "
                            + router.gateway().reason());
            return false;
        }
        told(trace, "gateway", rows.routerAt(router.id(), host), "the router " + router.name());
        return true;
    }

    private void outside(Caller caller, Trace trace, RouterView router, Ground.Card from, Ip source) {
        RouterView.External external = router.external();
        if (external == null) {
            trace.stop(
                    "routing",
                    Stop.ROUTE_MISSING,
                    "the router " + router.name() + " has neither a foot in a subnet of " + trace.to
                            + " nor a route there nor a way out");
            return;
        }
        Optional<Ip> own = external.addresses().stream()
                .filter(address -> address.v6() == trace.to.v6())
                .findFirst();
        Optional<Ip> as =
                rows.leavesAs(router.id(), from.id(), source).or(() -> external.snat() ? own : Optional.empty());
        if (own.isEmpty() || as.isEmpty()) {
            trace.stop(
                    "routing",
                    Stop.ROUTE_MISSING,
                    own.isEmpty()
                            ? "the router " + router.name() + " has no external address of the family of " + trace.to
                            : source + " has no floating IP and the router " + router.name() + " does no SNAT");
            return;
        }
        trace.pass("routing", "it leaves through the router " + router.name() + " as coming from " + as.get());
        rows.floating(external.network(), trace.to, trace.protocol, trace.port)
                .ifPresentOrElse(
                        outer -> back(caller, trace, outer, as.get()),
                        () -> trace.pass("outside", "what is behind the cloud's way out is not known here"));
    }

    private void back(Caller caller, Trace trace, TraceRows.Outer outer, Ip source) {
        if (!caller.sees(new TenantId(outer.tenant()))) {
            trace.pass("outside", trace.to + " is another tenant's: what is behind it is not yours to see");
            return;
        }
        NicId nic = outer.nic();
        Ip fixed = outer.fixed();
        RouterId router = outer.router();
        if (nic == null || fixed == null || router == null) {
            trace.stop(
                    "floating IP",
                    Stop.NO_SUCH_ADDRESS,
                    trace.to + " leads nowhere"
                            + (trace.port == null ? "" : " at " + trace.protocol + " port " + trace.port));
            return;
        }
        Integer port = outer.port() == null ? trace.port : outer.port();
        trace.pass("floating IP", trace.to + " leads to " + fixed + (port == null ? "" : " port " + port));
        if (routers.find(router).filter(view -> atGateway(trace, view)).isPresent()) {
            arrive(caller, trace, ground.card(caller, nic).network(), source, fixed, port);
        }
    }

    private void arrive(Caller caller, Trace trace, NetworkId network, Ip source, Ip to, @Nullable Integer port) {
        Optional<TraceRows.Holder> found = rows.holder(network, to);
        if (found.isEmpty()) {
            trace.stop(
                    "destination",
                    Stop.NO_SUCH_ADDRESS,
                    "no card has the address " + to + " in the network " + network);
            return;
        }
        TraceRows.Holder holder = found.get();
        NicId nic = holder.nic();
        if (nic == null || !holder.ofVm()) {
            trace.pass("destination", to + " is " + (nic == null ? "kept for " + holder.use() : "a router's"));
            return;
        }
        TraceRows.Station station = rows.station(nic).orElseThrow();
        if (!caller.sees(new TenantId(station.tenant()))) {
            trace.pass("destination", to + " is another tenant's: what it lets in is not yours to see");
            return;
        }
        groups(trace, nic, Direction.IN, source, port);
        HostId host = station.host();
        if (host == null) {
            trace.stop("destination", Stop.NOT_RUNNING, "the VM " + station.vm() + " has no host");
            return;
        }
        moving(trace, "destination", station);
        inSync(trace, "destination", network, host);
        ask(trace, host, new PacketTrace.Question(network, nic, Direction.IN, source, to, trace.protocol, port));
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }
}
