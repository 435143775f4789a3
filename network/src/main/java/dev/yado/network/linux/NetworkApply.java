package dev.yado.network.linux;

import dev.yado.network.Applied;
import dev.yado.network.Difference;
import dev.yado.protocol.network.HostNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One look at a network, or one change of it: namespace, bridge and tunnel, services' addresses, then the parts, and only then ports that
 * packets pass through. When a part fails, no port is opened that was closed; where cards are is told all the same, because packets of
 * running guests depend on it.
 */
final class NetworkApply {
    private final Underlay underlay;
    private final List<NetworkPart> parts;
    private final Place place;
    private final HostNetwork network;
    private final List<Difference> differences = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    NetworkApply(Underlay underlay, List<NetworkPart> parts, Place place, HostNetwork network) {
        this.underlay = underlay;
        this.parts = parts;
        this.place = place;
        this.network = network;
    }

    Applied run() {
        try {
            differences.addAll(place.make());
            Place.Held held = place.get();
            differences.addAll(Settings.apply(held.ground().namespace(), Settings.beforeLinks()));
            boolean out = links(held);
            differences.addAll(Settings.apply(held.ground().namespace(), Settings.ofNetwork()));
            differences.addAll(Change.run(WantedAddresses.changes(held.socket(), network)));
            boolean open = parts(held) && out;
            if (open) {
                differences.addAll(Change.run(WantedPorts.changes(held.socket(), network)));
            }
            differences.addAll(Change.run(WantedEntries.changes(held.socket(), network)));
            if (open) {
                Carrier.await(held.socket(), List.of(Links.BRIDGE, Links.PROVIDER));
            }
        } catch (IOException e) {
            problems.add(LinuxDriver.sentence(e));
        }
        return new Applied(problems.isEmpty() ? null : String.join("; ", problems), differences);
    }

    /** Without a way out the network can still be made on this host, but that it has none is a problem. */
    private boolean links(Place.Held held) throws IOException {
        differences.addAll(Change.run(WantedLinks.bridge(underlay, held, network)));
        try {
            differences.addAll(Change.run(WantedLinks.wayOut(underlay, held, network)));
            return true;
        } catch (IOException e) {
            problems.add(WayOutFailure.explain(network.segment(), e));
            return false;
        }
    }

    private boolean parts(Place.Held held) {
        boolean all = true;
        for (NetworkPart part : parts) {
            try {
                differences.addAll(part.apply(held.ground(), network));
            } catch (IOException e) {
                problems.add(LinuxDriver.sentence(e));
                all = false;
            }
        }
        return all;
    }

    List<Difference> differences() {
        try {
            differences.addAll(place.differences());
            Optional<Place.Held> there = place.look();
            if (there.isPresent()) {
                look(there.get());
            }
        } catch (IOException e) {
            differences.add(Difference.changed("something that could not be looked at: " + LinuxDriver.sentence(e)));
        }
        return differences;
    }

    private void look(Place.Held held) throws IOException {
        note(WantedLinks.bridge(underlay, held, network));
        note(WantedLinks.wayOut(underlay, held, network));
        boolean bridge = held.socket().link(Links.BRIDGE).isPresent();
        Map<String, String> settings = bridge ? Settings.ofNetwork() : Settings.beforeLinks();
        differences.addAll(Settings.differences(held.ground().namespace(), settings));
        note(WantedAddresses.changes(held.socket(), network));
        for (NetworkPart part : parts) {
            differences.addAll(part.differences(held.ground(), network));
        }
        note(WantedPorts.changes(held.socket(), network));
        note(WantedEntries.changes(held.socket(), network));
    }

    private void note(List<Change> changes) {
        changes.forEach(change -> differences.add(change.difference()));
    }
}
