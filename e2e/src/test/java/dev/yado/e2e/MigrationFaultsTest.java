package dev.yado.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real guests that move, at every step, with every fault. Whenever it happens, the guest goes on: on one host, never on two, never back
 * in time, with all that it wrote; and the operation ends by itself. By hand: {@code -Dtest.groups=moves} plays a
 * part in which every place and every fault comes up, {@code -Dyado.moves.all=true} all.
 */
@Tag("moves")
class MigrationFaultsTest {
    /** Of how many places one is played, unless all are. */
    private static final int EVERY = 6;
    /** Emulated guests that are never idle. */
    private static final int AT_ONCE = 6;

    /** An emulated guest has some 80 MiB to copy. */
    private static final FaultRound.Pace PACE = new FaultRound.Pace(5, 15);

    private static final List<String> TABLE = new ArrayList<>();
    /** They serve all faults: nothing that happened before may matter. */
    private static final List<MovingGuest> GUESTS = new ArrayList<>();

    private static int made;
    private static Api tenant;
    private static ProcessWitness processes;
    private static @Nullable LossyWire wire;

    @BeforeAll
    static void hostsThatCanBeCutOff() {
        tenant = Cloud.shared().admin().newTenant("unlucky-movers");
        processes = new ProcessWitness(Cloud.shared());
        wire = LossyWire.obstacle().isEmpty() ? new LossyWire(Cloud.shared()) : null;
    }

    @AfterEach
    void letAllGoOn() throws Exception {
        Cloud.shared().letAllGoOn();
        if (wire != null) {
            wire.mend();
        }
    }

    @AfterAll
    static void print() {
        System.out.println("Migration faults on real guests\n"
                + "%-22s %-22s %-10s %-24s %s%n".formatted("at", "fault", "ended", "guest", "after")
                + String.join("\n", TABLE));
        GUESTS.forEach(MovingGuest::close);
        processes.close();
        if (wire != null) {
            wire.close();
        }
    }

    /** Those of {@code -Dyado.moves.faults=A,B}, or all. */
    static Stream<Fault> faults() {
        List<String> named = List.of(System.getProperty("yado.moves.faults", "").split(","));
        return Stream.of(Fault.values()).filter(fault -> named.equals(List.of("")) || named.contains(fault.name()));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void whateverHappensAtWhateverStepTheGuestGoesOnOnce(Fault fault) throws Exception {
        Optional<String> obstacle = LossyWire.obstacle();
        assumeTrue(!fault.isOfTheNetwork() || obstacle.isEmpty(), () -> obstacle.orElse(""));
        List<FaultRound.Place> places = Stream.of(FaultRound.Place.values())
                .filter(place ->
                        Boolean.getBoolean("yado.moves.all") || (place.ordinal() + fault.ordinal()) % EVERY == 0)
                .toList();
        for (int first = 0; first < places.size(); first += AT_ONCE) {
            play(fault, places.subList(first, Math.min(places.size(), first + AT_ONCE)));
        }
    }

    private static void play(Fault fault, List<FaultRound.Place> places) throws Exception {
        Map<FaultRound.Place, MovingGuest> guests = new EnumMap<>(FaultRound.Place.class);
        for (FaultRound.Place place : places) {
            guests.put(place, guest(guests.size()));
        }
        boolean played = false;
        try {
            List<String> lines = new FaultRound(fault, PACE, wire).play(guests);
            System.out.println(String.join("\n", lines));
            TABLE.addAll(lines);
            played = true;
        } finally {
            if (!played) {
                // What is under way with them is no business of the next fault.
                GUESTS.clear();
            }
        }
    }

    private static MovingGuest guest(int number) {
        while (GUESTS.size() <= number) {
            made++;
            GUESTS.add(MovingGuest.linux(tenant, "unlucky-" + made, processes));
        }
        return GUESTS.get(number);
    }
}
