package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hosts with eight real guests that an operator takes out of service, by the command line. By hand: {@code -Dtest.groups=moves}. */
@Tag("moves")
class DrainTest {
    private static final int REFUSED = 5;
    private static final String HOST = "host-1";

    private static final Cloud CLOUD = Cloud.shared();
    private static final Operator OPERATOR = new Operator(CLOUD);
    private static final List<Vm> GUESTS = new ArrayList<>();

    /** Some have disks to be copied, some shared ones, some none. */
    @BeforeAll
    static void eightGuests() {
        Api tenant = CLOUD.admin().newTenant("drained");
        Network network = Network.create(tenant, "drained", "10.50.0.0/24");
        List<List<Map<String, Object>>> disks =
                List.of(List.of(), List.of(Map.of("sizeGiB", 1)), List.of(Map.of("sizeGiB", 1, "pool", "shared")));
        IntStream.rangeClosed(1, 8).forEach(i -> {
            Map<String, Object> request = Vm.request("guest-" + i);
            request.put("boot", Images.shared().directBoot());
            request.put("nics", i % 2 == 0 ? List.of(network.card()) : List.of());
            request.put("disks", disks.get(i % disks.size()));
            GUESTS.add(Vm.create(tenant, request));
        });
        GUESTS.forEach(vm -> vm.awaitWords("yado-guest: ready"));
    }

    @BeforeEach
    void allOnOneHost() {
        GUESTS.stream().filter(vm -> !Move.hostOf(vm).equals(HOST)).forEach(vm -> Move.to(vm, HOST));
    }

    @AfterEach
    void allInService() {
        for (int host = 1; host <= Cloud.HOSTS; host++) {
            if (OPERATOR.types("host", "maintenance", "host-" + host).exit() == 0) {
                OPERATOR.types("host", "activate", "host-" + host);
            }
        }
    }

    @AfterAll
    static void none() {
        GUESTS.forEach(Vm::delete);
    }

    private static List<Vm> guestsThere() {
        return GUESTS.stream().filter(vm -> Move.hostOf(vm).equals(HOST)).toList();
    }

    private static Map<Vm, BeaconWitness> witnesses() {
        Map<Vm, BeaconWitness> witnesses = new LinkedHashMap<>();
        GUESTS.forEach(vm -> witnesses.put(vm, new BeaconWitness(CLOUD, vm)));
        return witnesses;
    }

    private static void allGoOn(Map<Vm, BeaconWitness> witnesses) {
        witnesses.forEach((vm, witness) -> {
            try (witness) {
                vm.awaitBeaconBeyond(witness.last() + 5);
                witness.ranOnceAndForward();
            }
        });
    }

    @Test
    void allGuestsOfAHostGoElsewhereAndWorkOn() {
        Map<Vm, BeaconWitness> witnesses = witnesses();

        Operator.Said plan = OPERATOR.types("host", "drain", HOST, "--plan");
        assertThat(plan.exit()).as(plan.toString()).isZero();
        assertThat(guestsThere()).as("a plan moves nothing").isEqualTo(GUESTS);
        Operator.Said drained = OPERATOR.types("host", "drain", HOST);

        assertThat(drained.exit()).as(drained.toString()).isZero();
        for (Vm vm : GUESTS) {
            assertThat(plan.out()).containsPattern("(?m)^" + vm.name() + " +host-\\d");
            assertThat(drained.out()).containsPattern("(?m)^" + vm.name() + " +MOVED");
            assertThat(Move.hostOf(vm)).isNotEqualTo(HOST);
            Move.isWhollyOn(vm, Move.hostOf(vm));
        }
        assertThat(OPERATOR.types("host", "maintenance", HOST).out()).contains("DRAINED");
        allGoOn(witnesses);
    }

    @Test
    void aPinnedGuestIsNamedBeforeAnythingMovesAndTheOthersGoOnceItIsDecidedAbout() {
        Vm pinned = GUESTS.getFirst();
        Map<Vm, BeaconWitness> witnesses = witnesses();
        assertThat(OPERATOR.types("vm", "pin", pinned.name()).out()).contains(HOST + " only");

        Operator.Said plan = OPERATOR.types("host", "drain", HOST, "--plan");
        assertThat(plan.exit()).as(plan.toString()).isEqualTo(REFUSED);
        assertThat(plan.out())
                .containsPattern("(?m)^" + pinned.name() + " .*CANNOT MOVE: it is pinned to host " + HOST)
                .containsPattern("(?m)^moves: +7$");
        assertThat(plan.err()).contains("yado host drain " + HOST + " --leave " + pinned.name());
        Operator.Said refused = OPERATOR.types("host", "drain", HOST);
        assertThat(refused.exit()).as(refused.toString()).isEqualTo(REFUSED);
        assertThat(refused.err()).contains(pinned.name(), "it is pinned to host " + HOST, "Nothing has begun");
        assertThat(guestsThere()).as("nothing has moved").isEqualTo(GUESTS);
        assertThat(OPERATOR.types("host", "list").out()).containsPattern("(?m)^" + HOST + " +UP ");
        assertThat(OPERATOR.types("vm", "migrate", pinned.name(), "--no-wait").exit())
                .isEqualTo(REFUSED);

        Operator.Said drained = OPERATOR.types("host", "drain", HOST, "--leave", pinned.name());

        assertThat(drained.exit()).as(drained.toString()).isZero();
        assertThat(guestsThere()).containsExactly(pinned);
        allGoOn(witnesses);
        assertThat(OPERATOR.types("vm", "unpin", pinned.name()).exit()).isZero();
        assertThat(OPERATOR.types("vm", "migrate", pinned.name()).exit()).isZero();
        assertThat(guestsThere()).isEmpty();
    }
}
