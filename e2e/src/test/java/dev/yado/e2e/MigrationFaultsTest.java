package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Real guests that move while what carries them dies. Whenever it happens, the guest goes on: on one host, never on two, never back in
 * time; and the operation ends by itself. By hand: {@code -Dtest.groups=moves}.
 */
@Tag("moves")
class MigrationFaultsTest {
    /** After the commit of each step, and between a host's answer and the commit. */
    private static final List<String> PLACES = List.of(
            "preflight",
            "prepare:called",
            "prepare",
            "transfer:called",
            "transfer",
            "own:called",
            "own",
            "settle",
            "release:called");

    private static final List<String> TABLE = new ArrayList<>();
    private static final Map<String, Vm> GUESTS = new HashMap<>();
    private static Api tenant;

    private enum Fault {
        CONTROLLER,
        SOURCE_DAEMON,
        DESTINATION_DAEMON,
        BOTH_DAEMONS,
        DATABASE
    }

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("unlucky-movers");
    }

    @AfterEach
    void letAllGoOn() throws Exception {
        Cloud.shared().letAllGoOn();
    }

    @AfterAll
    static void print() {
        GUESTS.values().forEach(Vm::delete);
        System.out.println("Migration faults on real guests\n"
                + "%-18s %-20s %-10s %-8s %s%n".formatted("at", "fault", "ended", "guest on", "after")
                + String.join("\n", TABLE));
    }

    private static Vm guest(String name) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("disks", List.of(Map.of("sizeGiB", 1, "pool", "shared")));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        return vm;
    }

    /** A move that is held somewhere. */
    private record Cell(String place, Vm vm, String from, JsonNode accepted, BeaconWitness witness) {}

    /** One guest for each place, all of them held at once. They serve all faults: nothing that happened before may matter. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void whateverDiesAtWhateverStepTheGuestGoesOnOnce(Fault fault) throws Exception {
        Cloud cloud = Cloud.shared();
        String to = "host-" + (fault.ordinal() % Cloud.HOSTS + 1);
        List<Cell> cells = new ArrayList<>();
        for (String place : PLACES) {
            Vm vm = GUESTS.computeIfAbsent(place, each -> guest("held-at-" + each.replace(':', '-')));
            if (Move.hostOf(vm).equals(to)) {
                Move.to(vm, Move.awayFrom(to));
            }
            BeaconWitness witness = new BeaconWitness(cloud, vm);
            cloud.holdNextAt("MigrateVm:" + place);
            cells.add(new Cell(place, vm, Move.hostOf(vm), Move.begin(vm, to, Map.of()), witness));
            cloud.awaitHeldAt("MigrateVm:" + place);
        }
        long begin = System.nanoTime();
        Set<String> sources = new TreeSet<>();
        cells.forEach(cell -> sources.add(cell.from()));
        strike(fault, sources, to);
        cloud.letAllGoOn();
        for (Cell cell : cells) {
            try (BeaconWitness witness = cell.witness()) {
                endsWell(cell.vm(), cell.accepted(), witness, cell.place(), fault.name(), begin);
            }
        }
    }

    private static void strike(Fault fault, Set<String> from, String to) throws Exception {
        Cloud cloud = Cloud.shared();
        switch (fault) {
            case CONTROLLER -> cloud.kill("controller");
            case SOURCE_DAEMON -> from.forEach(cloud::kill);
            case DESTINATION_DAEMON -> cloud.kill(to);
            case BOTH_DAEMONS -> {
                from.forEach(cloud::kill);
                cloud.kill(to);
            }
            case DATABASE -> cloud.killDatabase();
        }
    }

    /** The guest runs where the API says, once, and has never run elsewhere at the same time. */
    private static void endsWell(
            Vm vm, JsonNode accepted, BeaconWitness witness, String place, String fault, long begin) {
        JsonNode operation = Move.ended(accepted);
        long millis = (System.nanoTime() - begin) / 1_000_000;
        String status = operation.get("status").asString();
        assertThat(status).as(operation.toPrettyString()).isIn("SUCCEEDED", "FAILED");
        await("the migration to be concluded")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(Move.newest(vm).hasNonNull("endedAt"))
                        .as(Move.newest(vm).toPrettyString())
                        .isTrue());
        String host = Move.hostOf(vm);
        Move.isWhollyOn(vm, host);
        vm.awaitState("RUNNING");
        vm.awaitBeaconBeyond(witness.last() + 5);
        witness.ranOnceAndForward();
        assertThat(Move.newest(vm).get("state").asString())
                .isEqualTo(status.equals("SUCCEEDED") ? "ARRIVED" : "STAYED");
        TABLE.add("%-18s %-20s %-10s %-8s %d ms".formatted(place, fault, status, host, millis));
    }

    /** No place is chosen: the moment of the hand-over is met by chance, again and again, by a seed. */
    @Test
    void daemonsThatDieAtAnyMomentNeverMakeTwoGuestsOfOne() throws Exception {
        long seed = Long.getLong("yado.test.seed", System.nanoTime());
        System.out.println("moves with daemons dying: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Cloud cloud = Cloud.shared();
        Vm vm = guest("any-moment");
        try (BeaconWitness witness = new BeaconWitness(cloud, vm)) {
            for (int round = 0; round < Integer.getInteger("yado.moves.dying", 10); round++) {
                String from = Move.hostOf(vm);
                String to = Move.awayFrom(from);
                Fault fault = Fault.values()[random.nextInt(Fault.values().length - 1)];
                JsonNode accepted = Move.begin(vm, to, Map.of());
                long begin = System.nanoTime();
                Thread.sleep(random.nextInt(1500));
                strike(fault, Set.of(from), to);
                endsWell(vm, accepted, witness, "seed " + seed, fault.name(), begin);
            }
        }
        vm.delete();
    }

    @Test
    void aDestinationProcessThatDiesWhileMemoryIsCopiedLeavesTheGuestAtTheSource() {
        Cloud cloud = Cloud.shared();
        Vm vm = guest("lost-destination");
        String from = Move.hostOf(vm);
        String to = Move.awayFrom(from);
        try (BeaconWitness witness = new BeaconWitness(cloud, vm)) {
            JsonNode accepted = Move.begin(vm, to, Map.of("bandwidthMiBs", 2));
            Move.awaitCopying(vm);
            long begin = System.nanoTime();
            cloud.qemus(vm.id()).stream()
                    .filter(process -> cloud.runsOn(process, to))
                    .forEach(ProcessHandle::destroyForcibly);
            endsWell(vm, accepted, witness, "copying", "DESTINATION_QEMU", begin);
            assertThat(Move.hostOf(vm)).isEqualTo(from);
        }
        vm.delete();
    }

    @Test
    void aGuestThatPowersItselfOffWhileItMovesIsStoppedOnOneHost() {
        Vm vm = guest("tired");
        JsonNode accepted = Move.begin(vm, Move.awayFrom(Move.hostOf(vm)), Map.of("bandwidthMiBs", 2));
        Move.awaitCopying(vm);
        try (Shell shell = Shell.at(vm)) {
            shell.begin("poweroff");
        }
        Move.ended(accepted);
        vm.awaitState("STOPPED");
        await("no process of it to be left")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(Cloud.shared().qemus(vm.id())).isEmpty());
        vm.done("start", Map.of());
        vm.awaitState("RUNNING");
        Move.isWhollyOn(vm, Move.hostOf(vm));
        vm.delete();
    }

    @Test
    void aStopOrADeleteDoesNotWaitForAMoveToEnd() {
        for (String verb : List.of("stop", "delete")) {
            Vm vm = guest("overtaken-by-" + verb);
            JsonNode accepted = Move.begin(vm, Move.awayFrom(Move.hostOf(vm)), Map.of("bandwidthMiBs", 1));
            Move.awaitCopying(vm);
            if (verb.equals("stop")) {
                vm.done("stop", Map.of("mode", "hard"));
                assertThat(vm.state()).isEqualTo("STOPPED");
            }
            vm.delete();
            assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("CANCELLED");
            await("no process of it to be left")
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> assertThat(Cloud.shared().qemus(vm.id())).isEmpty());
        }
    }
}
