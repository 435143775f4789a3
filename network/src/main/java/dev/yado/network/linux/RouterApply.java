package dev.yado.network.linux;

import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Applied;
import dev.yado.network.Difference;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.HostRouter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One look at a router, or one change of it: namespace, legs and uplink, then what routes. */
final class RouterApply {
    private final Underlay underlay;
    private final Places<NetworkId> networks;
    private final RouterPart routing;
    private final Place place;
    private final HostRouter router;
    private final List<Difference> differences = new ArrayList<>();

    RouterApply(Underlay underlay, Places<NetworkId> networks, RouterPart routing, Place place, HostRouter router) {
        this.underlay = underlay;
        this.networks = networks;
        this.routing = routing;
        this.place = place;
        this.router = router;
    }

    Applied run() {
        String problem = null;
        try {
            differences.addAll(place.make());
            Place.Held held = place.get();
            differences.addAll(Settings.apply(held.ground().namespace(), Settings.beforeLinks()));
            differences.addAll(Change.run(WantedLegs.strangers(held, router)));
            for (HostRouter.Leg leg : router.legs()) {
                leg(held, leg, true);
            }
            uplink(held);
            for (String foot : feet()) {
                differences.addAll(Settings.apply(held.ground().namespace(), Settings.routing(foot)));
            }
            up(held.socket());
            Carrier.await(held.socket(), feet());
            differences.addAll(routing.apply(held.ground(), router));
        } catch (IOException e) {
            problem = LinuxDriver.sentence(e);
        }
        return new Applied(problem, differences);
    }

    /** All devices of the router. */
    private List<String> feet() {
        List<String> names = new ArrayList<>();
        if (router.uplink() != null) {
            names.add(Links.PROVIDER);
        }
        router.legs().forEach(leg -> names.add(Links.foot(leg.nic())));
        return names;
    }

    private void uplink(Place.Held held) throws IOException {
        try {
            differences.addAll(Change.run(WantedLegs.uplink(underlay, held, router)));
        } catch (IOException e) {
            HostRouter.Uplink uplink = router.uplink();
            throw uplink == null ? e : new IOException(WayOutFailure.explain(uplink.segment(), e), e);
        }
    }

    /** The router's lock is held, then the network's: never the other way round. */
    private void leg(Place.Held held, HostRouter.Leg leg, boolean change) throws IOException {
        IOException failure = networks.with(leg.network(), network -> legIn(network, held, leg, change));
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable IOException legIn(Place network, Place.Held held, HostRouter.Leg leg, boolean change) {
        try {
            Optional<Place.Held> there = network.look();
            if (there.isEmpty()) {
                return new IOException("the network " + leg.network() + ", in which the router " + router.id()
                        + " has a leg, is not on this host");
            }
            List<Change> changes = new ArrayList<>(WantedLegs.leg(there.get(), held, leg));
            if (change) {
                differences.addAll(Change.run(changes));
                Plug.connectLeg(there.get().socket(), leg);
            } else {
                changes.forEach(each -> differences.add(each.difference()));
            }
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    /** Loopback and all legs; forwarding is off until the part switches it on. */
    private static void up(RouteSocket inside) throws IOException {
        inside.run(inside.links().stream()
                .filter(link -> !link.up())
                .map(link -> LinkRequests.up(link.index()))
                .toList());
    }

    List<Difference> differences() {
        try {
            differences.addAll(place.differences());
            Optional<Place.Held> there = place.look();
            if (there.isPresent()) {
                Place.Held held = there.get();
                WantedLegs.strangers(held, router).forEach(change -> differences.add(change.difference()));
                for (HostRouter.Leg leg : router.legs()) {
                    leg(held, leg, false);
                }
                WantedLegs.uplink(underlay, held, router).forEach(change -> differences.add(change.difference()));
                for (String foot : feet()) {
                    if (held.socket().link(foot).isPresent()) {
                        differences.addAll(Settings.differences(held.ground().namespace(), Settings.routing(foot)));
                    }
                }
                differences.addAll(routing.differences(held.ground(), router));
            }
        } catch (IOException e) {
            differences.add(Difference.changed("something that could not be looked at: " + LinuxDriver.sentence(e)));
        }
        return differences;
    }
}
