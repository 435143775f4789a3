package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds places for all guests of a host at once: each is placed on the fleet as it is with those before it. */
public final class Evacuation {
    /** The largest first: the small ones fit in what is left. Equal ones in the order of their ids. */
    public static final Comparator<Guest> LARGEST_FIRST = Comparator.<Guest>comparingLong(
                    guest -> guest.request().needed().memory().value())
            .thenComparingInt(guest -> guest.request().needed().vcpus())
            .thenComparingLong(guest -> guest.request().needed().disk().value())
            .reversed()
            .thenComparing(Guest::vm);

    private final Scheduler scheduler;
    private final int mostVerdicts;
    private final List<HostSnapshot> fleet;
    private final Map<HostId, Integer> places = new HashMap<>();

    /**
     * @param leaving is not a place for any of them
     * @param mostVerdicts so many are given for each guest
     */
    public Evacuation(Scheduler scheduler, FleetSnapshot fleet, HostId leaving, int mostVerdicts) {
        this.scheduler = scheduler;
        this.mostVerdicts = mostVerdicts;
        this.fleet = new ArrayList<>(fleet.hosts().stream()
                .filter(host -> !host.id().equals(leaving))
                .toList());
        for (int place = 0; place < this.fleet.size(); place++) {
            places.put(this.fleet.get(place).id(), place);
        }
    }

    /** @param avoided hosts that it does not go to: a move there has failed */
    public record Guest(VmId vm, PlacementRequest request, Set<HostId> avoided) {
        public Guest {
            avoided = Set.copyOf(avoided);
        }
    }

    /** Finds a place and takes it. */
    public Decision place(Guest guest) {
        List<HostSnapshot> allowed = guest.avoided().isEmpty()
                ? fleet
                : fleet.stream()
                        .filter(host -> !guest.avoided().contains(host.id()))
                        .toList();
        Decision decision = scheduler.place(new FleetSnapshot(allowed), guest.request(), mostVerdicts);
        if (decision instanceof Decision.Placed placed) {
            take(placed.host(), guest.request().needed());
        }
        return decision;
    }

    private void take(HostId host, HostSnapshot.Resources needed) {
        fleet.set(at(host), now(host).holding(now(host).allocated().plus(needed)));
    }

    private HostSnapshot now(HostId host) {
        return fleet.get(at(host));
    }

    private int at(HostId host) {
        Integer place = places.get(host);
        if (place == null) {
            throw new IllegalArgumentException("no host " + host);
        }
        return place;
    }
}
