package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Guests that move between hosts while they work: what they count, write and talk to goes on. */
@Tag("guest")
class MigrationTest {
    private static Api tenant;
    private static Network network;

    @BeforeAll
    static void aTenantWithANetwork() {
        tenant = Cloud.shared().admin().newTenant("movers");
        network = Network.create(tenant, "moving", "10.30.0.0/24", "fd00:30::/64");
    }

    private static Map<String, Object> request(String name, List<Map<String, Object>> disks) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("nics", List.of(network.card()));
        request.put("disks", disks);
        return request;
    }

    private static Vm guest(String name, List<Map<String, Object>> disks) {
        Vm vm = Vm.create(tenant, request(name, disks));
        vm.awaitWords("yado-guest: ready");
        return vm;
    }

    @Test
    void aGuestGoesOnOnTheOtherHostAndSoDoesWhoeverTalksToIt() throws Exception {
        Vm friend = guest("friend", List.of());
        Vm vm = guest("wanderer", List.of());
        vm.awaitWords("address6=");
        friend.awaitWords("address6=");
        String from = Move.hostOf(vm);
        String to = Move.awayFrom(from);
        try (BeaconWitness witness = new BeaconWitness(Cloud.shared(), vm);
                Shell there = Shell.at(friend)) {
            try (Shell here = Shell.at(vm)) {
                assertThat(here.net("serve 7000 wanderer")).endsWith(" ok");
            }
            int talking = there.begin("net stream " + Network.address4(vm) + " 7000 20");
            JsonNode move = Move.to(vm, to);
            System.out.println("moved from " + from + " to " + to + ": " + move.get("result"));

            Move.isWhollyOn(vm, to);
            assertThat(there.answer(talking, Duration.ofMinutes(1)))
                    .as("a connection that was open all the time")
                    .contains(" ok rounds=");
            assertThat(there.net("ping " + Network.address4(vm) + " 3")).endsWith("ok 3/3");
            assertThat(there.net("ping " + Network.address6(vm) + " 3")).endsWith("ok 3/3");
            long arrived = witness.last();
            vm.awaitBeaconBeyond(arrived + 10);
            Move.to(vm, from);
            Move.isWhollyOn(vm, from);
            witness.ranOnceAndForward();
        }
        vm.delete();
        friend.delete();
    }

    @Test
    void aPlannedMoveIsHeldAgainstItsForecastAndItsBlackoutIsInTheLedgerOnce() {
        Vm vm = guest("foreseen", List.of());
        String from = Move.hostOf(vm);
        String to = Move.awayFrom(from);
        Api admin = Cloud.shared().admin();

        // A guest that has just come up may write faster than any link.
        JsonNode plan = await("the guest to come to rest")
                .atMost(Duration.ofMinutes(1))
                .until(
                        () -> admin.post(
                                "/v1/vms/" + vm.id() + "/migrate?dryRun=plan", Map.of("hostId", Move.idOf(to))),
                        seen -> seen.path("forecast").path("chance").asDouble() > 0);
        JsonNode forecast = plan.path("forecast");
        assertThat(forecast.path("memoryBytes").asLong())
                .as(plan.toPrettyString())
                .isPositive();

        JsonNode move = Move.to(vm, to);
        System.out.println("forecast: " + forecast + "\ncame: " + move.path("result"));
        assertThat(move.path("forecast")).isEqualTo(forecast);
        assertThat(move.path("forecastError").path("durationMs").asLong())
                .isEqualTo(move.path("result").path("totalMs").asLong()
                        - forecast.path("durationMs").asLong());

        JsonNode ledger = await("the blackout in the ledger")
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> admin.get("/v1/vms/" + vm.id() + "/disruptions"),
                        page -> !page.path("items").isEmpty());
        assertThat(ledger.path("items").size()).as(ledger.toPrettyString()).isEqualTo(1);
        JsonNode blackout = ledger.path("items").get(0);
        assertThat(blackout.path("kind").asString()).isEqualTo("MIGRATION_BLACKOUT");
        assertThat(blackout.path("hostId").asString()).isEqualTo(Move.idOf(from));
        assertThat(blackout.path("ms").asDouble())
                .isEqualTo(move.path("result").path("blackoutMs").asDouble());
        vm.delete();
    }

    @Test
    void whatCannotBeIsRefusedBeforeAnythingIsTouched() {
        Vm vm = guest("refused", List.of());
        String from = Move.hostOf(vm);
        Api admin = Cloud.shared().admin();

        Api.Answer toItself = admin.call("POST", "/v1/vms/" + vm.id() + "/migrate", Map.of("hostId", Move.idOf(from)));
        assertThat(toItself.body().path("code").asString()).isEqualTo("MIGRATION_BLOCKED");
        Api.Answer nowhere = admin.call(
                "POST", "/v1/vms/" + vm.id() + "/migrate", Map.of("hostId", "00000000-0000-7000-8000-000000000000"));
        assertThat(nowhere.status() / 100).isEqualTo(4);
        Api.Answer senseless =
                admin.call("POST", "/v1/vms/" + vm.id() + "/migrate", Map.of("goal", Map.of("maxDowntimeMs", 0)));
        assertThat(senseless.body().path("code").asString()).isEqualTo("INVALID_REQUEST");
        assertThat(Move.hostOf(vm)).isEqualTo(from);
        vm.delete();
    }

    @Test
    void aMoveThatIsCancelledLeavesTheGuestWhereItWas() {
        Vm vm = guest("undecided", List.of());
        String from = Move.hostOf(vm);
        try (BeaconWitness witness = new BeaconWitness(Cloud.shared(), vm)) {
            JsonNode accepted = Move.begin(vm, Move.awayFrom(from), Map.of("bandwidthMiBs", 2));
            Move.awaitCopying(vm);
            Cloud.shared().admin().post("/v1/operations/" + accepted.get("id").asString() + "/cancel", Map.of());

            assertThat(Move.ended(accepted).get("status").asString()).isEqualTo("CANCELLED");
            Move.isWhollyOn(vm, from);
            vm.awaitBeaconBeyond(witness.last() + 5);
            witness.ranOnceAndForward();
        }
        vm.delete();
    }
}
