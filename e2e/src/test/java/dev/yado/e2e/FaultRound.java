package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Some guests move to one host, each held somewhere on its way; then one fault happens to all of them, and each has to come through. */
final class FaultRound {
    /** Longer than a host waits for another one's answer. */
    private static final Duration NETWORK_IS_CUT_FOR = Duration.ofSeconds(10);

    /** Where a move is when it happens, in the order of a move. */
    enum Place {
        CLAIMED("preflight"),
        DESTINATION_PREPARES("prepare:called"),
        DESTINATION_IS_READY("prepare"),
        COPIES_DISKS(null),
        COPIES_MEMORY(null),
        /** The source has said go, and the destination has not read it yet. */
        GO_IS_SAID(null),
        SOURCE_TRANSFERS("transfer:called"),
        HANDED_OVER("transfer"),
        DESTINATION_HAS_IT("own:called"),
        BELONGS_TO_DESTINATION("own"),
        SETTLED("settle"),
        SOURCE_LETS_GO("release:called");

        /** After the commit of a step, or between a host's answer and the commit; null: something on the hosts. */
        private final @Nullable String held;

        Place(@Nullable String held) {
            this.held = held;
        }

        /** Those where hosts are at work are reached last, since they do not wait. */
        private int order() {
            return switch (this) {
                case COPIES_MEMORY -> 1;
                case COPIES_DISKS -> 2;
                case GO_IS_SAID -> 3;
                default -> 0;
            };
        }
    }

    /**
     * MiB a second at which guests are copied.
     *
     * @param copying slow enough that all other guests reach their place meanwhile
     * @param toTheEnd slow enough to be seen
     */
    record Pace(int copying, int toTheEnd) {}

    private record Cell(Place place, MovingGuest guest, String from, JsonNode accepted) {}

    private final Fault fault;
    private final String to;
    private final Pace pace;
    private final @Nullable LossyWire wire;
    private final List<Cell> cells = new ArrayList<>();
    private @Nullable ProcessHandle frozen;

    FaultRound(Fault fault, Pace pace, @Nullable LossyWire wire) {
        this.fault = fault;
        this.to = "host-" + (fault.ordinal() % Cloud.HOSTS + 1);
        this.pace = pace;
        this.wire = wire;
    }

    /** @return a line for each guest */
    List<String> play(Map<Place, MovingGuest> guests) throws Exception {
        try {
            return playAll(guests);
        } finally {
            if (frozen != null) {
                Cloud.shared().thaw(frozen);
            }
        }
    }

    private List<String> playAll(Map<Place, MovingGuest> guests) throws Exception {
        Cloud cloud = Cloud.shared();
        guests.values().forEach(guest -> guest.isNotOn(to));
        if (wire != null) {
            wire.knowAllProcesses();
        }
        List<Place> places = guests.keySet().stream()
                .sorted(Comparator.comparing(Place::order).thenComparing(Place::ordinal))
                .toList();
        for (Place place : places) {
            MovingGuest guest = Objects.requireNonNull(guests.get(place));
            cells.add(new Cell(place, guest, guest.host(), reach(place, guest)));
        }
        Set<String> from = cells.stream().map(Cell::from).collect(Collectors.toCollection(TreeSet::new));
        List<Vm> vms = cells.stream().map(cell -> cell.guest().vm()).toList();
        long begin = System.nanoTime();
        fault.begin(new Fault.Scene(cloud, wire, from, to, vms));
        if (frozen != null) {
            cloud.thaw(frozen);
        }
        cloud.letAllGoOn();
        String lost = "";
        if (wire != null && fault.isOfTheNetwork()) {
            // How long it is cut is the fault; nothing is waited for.
            Thread.sleep(NETWORK_IS_CUT_FOR);
            lost = ", " + wire.mend() + " packets lost";
        }
        List<String> table = new ArrayList<>();
        cells.sort(Comparator.comparing(Cell::place));
        for (Cell cell : cells) {
            table.add(endsWell(cell, begin) + lost);
        }
        cloud.awaitAllHosts();
        return table;
    }

    private JsonNode reach(Place place, MovingGuest guest) throws Exception {
        Cloud cloud = Cloud.shared();
        Vm vm = guest.vm();
        if (place.held != null) {
            cloud.holdNextAt("MigrateVm:" + place.held);
            JsonNode accepted = Move.begin(vm, to, Map.of());
            cloud.awaitHeldAt("MigrateVm:" + place.held);
            return accepted;
        }
        JsonNode accepted = Move.begin(
                vm, to, Map.of("bandwidthMiBs", place == Place.GO_IS_SAID ? pace.toTheEnd() : pace.copying()));
        Move.awaitCopying(vm, place == Place.COPIES_DISKS ? "DISKS" : "MEMORY");
        if (place == Place.GO_IS_SAID) {
            frozen = cloud.freeze(to);
            Move.awaitHeld(vm);
        }
        return accepted;
    }

    /** The guest runs where the API says, once, has never run elsewhere at the same time, and the move is over. */
    private String endsWell(Cell cell, long begin) {
        Vm vm = cell.guest().vm();
        JsonNode operation = Move.ended(cell.accepted());
        String status = operation.get("status").asString();
        assertThat(status).as(operation.toPrettyString()).isIn("SUCCEEDED", "FAILED");
        Move.awaitConcluded(vm);
        long millis = (System.nanoTime() - begin) / 1_000_000;
        assertThat(Move.newest(vm).get("state").asString())
                .as("%s at %s: %s", fault, cell.place(), operation.toPrettyString())
                .isEqualTo(status.equals("SUCCEEDED") ? "ARRIVED" : "STAYED");
        String guest = "went on at ";
        if (fault.endsGuests()) {
            String died = fault == Fault.DESTINATION_HOST ? to : cell.from();
            if (cell.guest().hasGoneOnUnlessItsHostDied(died)) {
                guest = "ended with ";
            }
        } else {
            cell.guest().hasGoneOn();
        }
        boolean moved = cell.guest().host().equals(to);
        assertThat(moved).as("it is where its move ended").isEqualTo(status.equals("SUCCEEDED"));
        return "%-22s %-22s %-10s %-24s %d ms"
                .formatted(cell.place(), fault, status, guest + (moved ? "destination" : "source"), millis);
    }
}
