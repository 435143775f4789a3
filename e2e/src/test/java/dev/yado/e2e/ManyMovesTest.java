package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One guest at work that moves back and forth, again and again: it loses nothing, and nothing of any move is left anywhere. Two hundred
 * times, or ten. By hand: {@code -Dtest.groups=moves}.
 */
class ManyMovesTest {
    private static final List<String> SERVICES = List.of("controller", "host-1", "host-2");
    /** So many of what comes and goes by itself may be more than before. */
    private static final long RESTLESS = 8;

    private static final long LIVE_KIB = 3 * 1024;
    private static final long RESIDENT_KIB = 12 * 1024;

    private final Cloud cloud = Cloud.shared();

    @Test
    @Tag("moves")
    void tenMovesInARowLeaveNothingBehind() throws Exception {
        move(10);
    }

    /** Ten are too few to say anything of memory: compilers are at work as long. */
    @Test
    @Tag("moves")
    void twoHundredMovesInARowLeaveNothingBehindAndTakeNoMemory() throws Exception {
        MemoryTrend memory = move(Integer.getInteger("yado.moves.many", 200));
        memory.grownOverSecondHalf()
                .forEach((kind, grown) -> assertThat(grown)
                        .as("growth of %s over the second half, KiB; all:%n%s", kind, memory)
                        .isLessThan(kind.endsWith("resident") ? RESIDENT_KIB : LIVE_KIB));
    }

    private MemoryTrend move(int times) throws Exception {
        Api tenant = cloud.admin().newTenant("restless-" + times);
        Network network = Network.create(tenant, "restless", "10.40.0.0/24", "fd00:40::/64");
        Vm friend = guest(tenant, network, "friend", List.of());
        Vm vm = guest(tenant, network, "nomad", List.of(Map.of("sizeGiB", 1), Map.of("sizeGiB", 1, "pool", "shared")));
        vm.awaitWords("address6=");
        friend.awaitWords("address6=");
        MemoryTrend memory = new MemoryTrend(cloud);
        try (BeaconWitness witness = new BeaconWitness(cloud, vm)) {
            try (Shell here = Shell.at(vm);
                    Shell there = Shell.at(friend)) {
                Work.begin(here, there, Network.address4(vm));
            }
            // Each host has been source and destination, so that all that is kept for the next time is there.
            for (String host : List.of("host-1", "host-2", "host-1", "host-2", "host-1")) {
                if (!Move.hostOf(vm).equals(host)) {
                    Move.to(vm, host);
                }
            }
            // A service that has been asked once keeps a socket to be asked again.
            memory.sample(SERVICES);
            Footprint before = settled();
            List<Double> blackouts = new ArrayList<>();
            long begin = System.nanoTime();
            for (int i = 0; i < times; i++) {
                String to = i % 2 == 0 ? "host-2" : "host-1";
                blackouts.add(Move.to(vm, to).get("result").path("blackoutMs").asDouble());
                if (i % 5 == 4) {
                    memory.sample(SERVICES);
                    Move.isWhollyOn(vm, to);
                    vm.awaitBeaconBeyond(witness.last());
                    witness.ranOnceAndForward();
                }
            }
            long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
            assertThat(drift(vm, network))
                    .as("a move is what is wanted: nothing of it has parted from that")
                    .isEmpty();
            Footprint after = nothingIsLeftBeyond(before);
            witness.ranOnceAndForward();
            try (Shell here = Shell.at(vm);
                    Shell there = Shell.at(friend)) {
                System.out.println(
                        report(times, seconds, blackouts, before, after) + memory + Work.endsWhole(here, there));
            }
        }
        vm.delete();
        friend.delete();
        return memory;
    }

    private static Vm guest(Api tenant, Network network, String name, List<Map<String, Object>> disks) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("nics", List.of(network.card()));
        request.put("disks", disks);
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        return vm;
    }

    /** What the ledger has ever told of them. */
    private List<String> drift(Vm vm, Network network) {
        List<String> told = new ArrayList<>();
        cloud.admin().get("/v1/drift?healed=true&limit=1000").get("items").forEach(each -> told.add(each.toString()));
        return told.stream()
                .filter(each -> each.contains(vm.id()) || each.contains(network.id()))
                .toList();
    }

    /** Once it is the same twice: what tests before have left to be cleaned up would hide what is to be seen. */
    private Footprint settled() {
        List<Footprint> seen = new ArrayList<>(List.of(Footprint.of(cloud)));
        await("a cloud in which nothing happens")
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(5))
                .until(() -> {
                    seen.add(Footprint.of(cloud));
                    return seen.getLast()
                            .steady()
                            .equals(seen.get(seen.size() - 2).steady());
                });
        return seen.getLast();
    }

    /** What hosts and the controller clean up by and by they may still clean up. */
    private Footprint nothingIsLeftBeyond(Footprint before) {
        List<Footprint> seen = new ArrayList<>();
        await("all that moves have left to be gone")
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(5))
                .untilAsserted(() -> {
                    seen.add(Footprint.of(cloud));
                    assertThat(Footprint.growth(before.steady(), seen.getLast().steady()))
                            .as("more than before")
                            .isEmpty();
                    SortedMap<String, Long> restless =
                            Footprint.growth(before.restless(), seen.getLast().restless());
                    restless.values().removeIf(grown -> grown <= RESTLESS);
                    assertThat(restless).as("many more than before").isEmpty();
                });
        return seen.getLast();
    }

    private static String report(int times, long seconds, List<Double> blackouts, Footprint before, Footprint after) {
        List<Double> sorted = new ArrayList<>(blackouts);
        Collections.sort(sorted);
        SortedMap<String, Long> all = new TreeMap<>(before.steady());
        return "%d moves in %d s, blackout p50 %.1f ms, p99 %.1f ms, longest %.1f ms%n"
                        .formatted(
                                times,
                                seconds,
                                sorted.get(sorted.size() / 2),
                                sorted.get(sorted.size() * 99 / 100),
                                sorted.getLast())
                + "%d kinds of things, %d in all, none more than before%n"
                        .formatted(
                                all.size(),
                                all.values().stream().mapToLong(Long::longValue).sum())
                + "kept on purpose: " + Footprint.growth(before.history(), after.history()) + "\n"
                + "comes and goes: " + Footprint.growth(before.restless(), after.restless()) + "\n";
    }
}
