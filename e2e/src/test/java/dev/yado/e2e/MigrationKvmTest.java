package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.e2e.FaultRound.Place;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The same with the processor's own virtualization, by a boot sector: it runs under KVM also where the machine below is emulated. */
@Tag("moves")
class MigrationKvmTest {
    /** It has next to nothing in its memory, but much of it. */
    private static final FaultRound.Pace PACE = new FaultRound.Pace(1, 1);

    private static final List<String> TABLE = new ArrayList<>();
    private static final List<MovingGuest> GUESTS = new ArrayList<>();
    private static Api tenant;
    private static ProcessWitness processes;

    @BeforeAll
    static void hostsWithKvm() {
        JsonNode hosts = Cloud.shared().admin().get("/v1/hosts?limit=100").get("items");
        for (JsonNode host : hosts) {
            assumeTrue(
                    !host.at("/selfTest/verdict").asString().equals("UNAVAILABLE"),
                    () -> "KVM runs no guests here: " + host.get("selfTest"));
        }
        tenant = Cloud.shared().admin().newTenant("unlucky-movers-kvm");
        processes = new ProcessWitness(Cloud.shared());
    }

    @AfterAll
    static void print() {
        System.out.println("Migration faults under KVM\n" + String.join("\n", TABLE));
        GUESTS.forEach(MovingGuest::close);
        if (processes != null) {
            processes.close();
        }
    }

    private static MovingGuest guest(int number) {
        while (GUESTS.size() <= number) {
            GUESTS.add(MovingGuest.bootSector(tenant, "kvm-" + GUESTS.size(), processes));
        }
        return GUESTS.get(number);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SOURCE_DAEMON", "DESTINATION_DAEMON", "CONTROLLER"})
    void goesOnWhoeverDies(Fault fault) throws Exception {
        play(fault, Place.COPIES_MEMORY, Place.GO_IS_SAID, Place.HANDED_OVER);
    }

    /** Before it is decided that the guest is there, so that it does not end with it. */
    @Test
    void goesOnAtTheSourceWhenTheDestinationDies() {
        MovingGuest guest = guest(0);
        String from = guest.host();
        String to = Move.awayFrom(from);
        JsonNode accepted = Move.begin(guest.vm(), to, Map.of("bandwidthMiBs", PACE.copying()));
        Move.awaitCopying(guest.vm());

        Cloud.shared().killWhole(to, List.of(guest.vm()));

        assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("FAILED");
        Move.awaitConcluded(guest.vm());
        guest.hasGoneOn();
        assertThat(guest.host()).isEqualTo(from);
        Cloud.shared().awaitAllHosts();
    }

    @Test
    void goesOnWhenHostsDoNotHearEachOther() throws Exception {
        assumeTrue(LossyWire.obstacle().isEmpty(), () -> LossyWire.obstacle().orElse(""));
        try (LossyWire wire = new LossyWire(Cloud.shared())) {
            play(wire, Fault.NETWORK_BETWEEN_HOSTS, Place.COPIES_MEMORY, Place.GO_IS_SAID, Place.HANDED_OVER);
        }
    }

    @Test
    void movesThereAndBackAndStaysWhenItIsCancelled() {
        MovingGuest guest = guest(0);
        String from = guest.host();
        String to = Move.awayFrom(from);
        JsonNode moved = Move.to(guest.vm(), to);
        System.out.println("moved under KVM: " + moved.get("result"));
        guest.hasGoneOn();
        Move.to(guest.vm(), from);
        guest.hasGoneOn();

        JsonNode accepted = Move.begin(guest.vm(), to, Map.of("bandwidthMiBs", PACE.copying()));
        Move.awaitCopying(guest.vm());
        Cloud.shared().admin().post("/v1/operations/" + accepted.get("id").asString() + "/cancel", Map.of());
        assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("CANCELLED");
        Move.awaitConcluded(guest.vm());
        guest.hasGoneOn();
        assertThat(guest.host()).isEqualTo(from);
    }

    private static void play(Fault fault, Place... places) throws Exception {
        play(null, fault, places);
    }

    private static void play(@org.jspecify.annotations.Nullable LossyWire wire, Fault fault, Place... places)
            throws Exception {
        Map<Place, MovingGuest> guests = new EnumMap<>(Place.class);
        for (Place place : places) {
            guests.put(place, guest(guests.size()));
        }
        TABLE.addAll(new FaultRound(fault, PACE, wire).play(guests));
    }
}
