package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What else upsets a move: what the guest itself does, what others ask meanwhile, destinations that are never there, networks that stay
 * cut. By hand: {@code -Dtest.groups=moves}.
 */
@Tag("moves")
class MigrationUpsetsTest {
    /** In MiB a second: an emulated guest takes half a minute and more. */
    private static final Map<String, Object> SLOWLY = Map.of("bandwidthMiBs", 2);

    private static Api tenant;
    private static ProcessWitness processes;

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("upset-movers");
        processes = new ProcessWitness(Cloud.shared());
    }

    @AfterAll
    static void nobodyLooksAnyMore() {
        processes.close();
    }

    private static MovingGuest guest(String name) {
        return MovingGuest.linux(tenant, name, processes);
    }

    private static JsonNode beginSlowly(Vm vm, String to) {
        JsonNode accepted = Move.begin(vm, to, SLOWLY);
        Move.awaitCopying(vm);
        return accepted;
    }

    @Test
    void aDestinationProcessThatDiesWhileMemoryIsCopiedLeavesTheGuestAtTheSource() {
        Cloud cloud = Cloud.shared();
        try (MovingGuest guest = guest("lost-destination")) {
            String from = guest.host();
            String to = Move.awayFrom(from);
            JsonNode accepted = beginSlowly(guest.vm(), to);

            cloud.qemus(guest.vm().id()).stream()
                    .filter(process -> cloud.runsOn(process, to))
                    .forEach(ProcessHandle::destroyForcibly);

            assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("FAILED");
            Move.awaitConcluded(guest.vm());
            guest.hasGoneOn();
            assertThat(guest.host()).isEqualTo(from);
        }
    }

    @Test
    void isMovedOnceAtATimeAndTheSameMoveAskedAgainIsTheSame() {
        try (MovingGuest guest = guest("wanted-twice")) {
            String from = guest.host();
            String to = Move.awayFrom(from);
            JsonNode accepted = beginSlowly(guest.vm(), to);
            Api admin = Cloud.shared().admin();
            String path = "/v1/vms/" + guest.vm().id() + "/migrate";

            Api.Answer elsewhere = admin.call("POST", path, Map.of("hostId", Move.idOf(from)));
            assertThat(elsewhere.status() / 100).isEqualTo(4);
            Api.Answer again = admin.call("POST", path, Map.of("hostId", Move.idOf(to), "goal", SLOWLY));
            assertThat(again.body().path("id").asString())
                    .isEqualTo(accepted.get("id").asString());

            admin.post("/v1/operations/" + accepted.get("id").asString() + "/cancel", Map.of());
            assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("CANCELLED");
            Move.awaitConcluded(guest.vm());
            guest.hasGoneOn();
            assertThat(guest.host()).isEqualTo(from);
        }
    }

    @Test
    void aGuestThatPowersItselfOffWhileItMovesIsStoppedOnOneHost() {
        try (MovingGuest guest = guest("tired")) {
            Vm vm = guest.vm();
            JsonNode accepted = beginSlowly(vm, Move.awayFrom(guest.host()));
            try (Shell shell = Shell.at(vm)) {
                shell.begin("poweroff");
            }
            Move.ended(accepted);
            vm.awaitState("STOPPED");
            awaitNoProcess(vm);
            vm.done("start", Map.of());
            guest.hasBootedAgain();
        }
    }

    @Test
    void aGuestThatCrashesWhileItMovesHasCrashedOnOneHost() {
        try (MovingGuest guest = guest("panicking")) {
            Vm vm = guest.vm();
            JsonNode accepted = beginSlowly(vm, Move.awayFrom(guest.host()));
            try (Shell shell = Shell.at(vm)) {
                shell.begin("panic");
            }
            Move.ended(accepted);
            vm.awaitState("CRASHED");
            Move.awaitConcluded(vm);
            assertThat(Cloud.shared().qemus(vm.id())).hasSizeLessThan(2);
            vm.done("stop", Map.of("mode", "hard"));
            awaitNoProcess(vm);
            vm.done("start", Map.of());
            guest.hasBootedAgain();
        }
    }

    @Test
    void aGuestThatRebootsWhileItMovesArrivesAllTheSame() {
        try (MovingGuest guest = guest("restless")) {
            Vm vm = guest.vm();
            String to = Move.awayFrom(guest.host());
            // What it writes while it boots has to be copied as well.
            JsonNode accepted = Move.begin(vm, to, Map.of("bandwidthMiBs", 12));
            Move.awaitCopying(vm);
            try (Shell shell = Shell.at(vm)) {
                shell.begin("reboot -f");
            }
            assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("SUCCEEDED");
            Move.awaitConcluded(vm);
            assertThat(guest.host()).isEqualTo(to);
            guest.hasBootedAgain();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "delete"})
    void aStopOrADeleteDoesNotWaitForAMoveToEnd(String verb) {
        MovingGuest guest = guest("overtaken-by-" + verb);
        Vm vm = guest.vm();
        JsonNode accepted = beginSlowly(vm, Move.awayFrom(guest.host()));
        if (verb.equals("stop")) {
            vm.done("stop", Map.of("mode", "hard"));
            assertThat(vm.state()).isEqualTo("STOPPED");
        }
        guest.close();
        assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("CANCELLED");
        awaitNoProcess(vm);
    }

    @Test
    void aDestinationThatNeverAnswersIsGivenUp() {
        Cloud cloud = Cloud.shared();
        try (MovingGuest guest = guest("not-let-in")) {
            String from = guest.host();
            String to = Move.awayFrom(from);
            ProcessHandle frozen = cloud.freeze(to);
            try {
                JsonNode accepted = Move.begin(guest.vm(), to, Map.of());
                assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("FAILED");
            } finally {
                cloud.thaw(frozen);
            }
            cloud.awaitAllHosts();
            Move.awaitConcluded(guest.vm());
            guest.hasGoneOn();
            assertThat(guest.host()).isEqualTo(from);
        }
    }

    /** While it is still cut: the guest does not wait for somebody to mend it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNetworkThatStaysCutEndsTheMoveAndTheGuestGoesOn(boolean controllerToo) {
        assumeTrue(LossyWire.obstacle().isEmpty(), () -> LossyWire.obstacle().orElse(""));
        Cloud cloud = Cloud.shared();
        try (MovingGuest guest = guest("cut-off-for-long-" + controllerToo);
                LossyWire wire = new LossyWire(cloud)) {
            String from = guest.host();
            String to = Move.awayFrom(from);
            JsonNode accepted = Move.begin(guest.vm(), to, Map.of("bandwidthMiBs", 4, "deadlineSeconds", 20));
            Move.awaitCopying(guest.vm());
            if (controllerToo) {
                wire.loseAllOf(to);
            } else {
                wire.loseBetweenHosts();
            }

            JsonNode operation = Move.ended(accepted);

            assertThat(operation.get("status").asString())
                    .as(operation.toPrettyString())
                    .isEqualTo("FAILED");
            assertThat(guest.host()).isEqualTo(from);
            guest.vm().awaitBeaconBeyond(guest.last() + 10);
            assertThat(wire.mend()).isPositive();
            cloud.awaitAllHosts();
            Move.awaitConcluded(guest.vm());
            guest.hasGoneOn();
            assertThat(guest.host()).isEqualTo(from);
        }
    }

    @Test
    void aDestinationThatIsFullIsRefusedBeforeAnythingIsTouched() {
        Vm vm = large("large");
        Vm inTheWay = large("in-the-way");
        String from = Move.hostOf(vm);
        String full = Move.hostOf(inTheWay);
        assertThat(full).isNotEqualTo(from);

        JsonNode answer = Cloud.shared()
                .admin()
                .call("POST", "/v1/vms/" + vm.id() + "/migrate", Map.of("hostId", Move.idOf(full)))
                .body();

        assertThat(answer.path("code").asString()).as(answer.toPrettyString()).isEqualTo("MIGRATION_BLOCKED");
        assertThat(answer.toString()).containsIgnoringCase("memory");
        assertThat(Move.hostOf(vm)).isEqualTo(from);
        vm.awaitBeaconBeyond(vm.lastBeacon() + 3);
        vm.delete();
        inTheWay.delete();
    }

    /** It wants more than half of what a host has, and uses next to nothing of it. */
    private static Vm large(String name) {
        long most = 0;
        for (JsonNode host : Cloud.shared().admin().get("/v1/hosts?limit=100").get("items")) {
            most = Math.max(most, host.get("capacity").get("memoryMiB").asLong());
        }
        Map<String, Object> request = Vm.request(name);
        request.put("memoryMiB", most * 6 / 10);
        request.put("accelerator", "tcg");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1, "pool", "shared")));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-boot-sector: hello");
        return vm;
    }

    /** No place is chosen: the moment of the hand-over is met by chance, again and again, by a seed. */
    @Test
    void daemonsThatDieAtAnyMomentNeverMakeTwoGuestsOfOne() throws Exception {
        long seed = Long.getLong("yado.test.seed", System.nanoTime());
        System.out.println("moves with daemons dying: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<Fault> daemons = List.of(
                Fault.CONTROLLER, Fault.SOURCE_DAEMON, Fault.DESTINATION_DAEMON, Fault.BOTH_DAEMONS, Fault.DATABASE);
        Cloud cloud = Cloud.shared();
        try (MovingGuest guest = guest("any-moment")) {
            for (int round = 0; round < Integer.getInteger("yado.moves.dying", 10); round++) {
                String from = guest.host();
                String to = Move.awayFrom(from);
                Fault fault = daemons.get(random.nextInt(daemons.size()));
                JsonNode accepted = Move.begin(guest.vm(), to, Map.of());
                // The moment is what is varied: there is no condition to wait for.
                Thread.sleep(random.nextInt(1500));
                fault.begin(new Fault.Scene(cloud, null, java.util.Set.of(from), to, List.of(guest.vm())));
                Move.ended(accepted);
                Move.awaitConcluded(guest.vm());
                guest.hasGoneOn();
                cloud.awaitAllHosts();
            }
        }
    }

    private static void awaitNoProcess(Vm vm) {
        await("no process of it to be left")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(Cloud.shared().qemus(vm.id())).isEmpty());
    }
}
