package dev.yado.flow;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.RestartablePostgres;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SeededFaults;
import dev.yado.simulator.SimulatedHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Twenty seconds in which everything goes wrong that can: messages lost, late, doubled; daemons, machines, disks, clocks, controllers
 * and PostgreSQL; while callers ask for anything. Afterwards all is at rest without anybody's help, and no guest ran twice. The seed
 * decides what is asked and what fails: {@code -Dyado.test.seed=N} repeats one.
 */
class SoakTest {
    private static final int HOSTS = 50;
    private static final int VMS = 500;
    private static final int CALLERS = 8;
    private static final Duration CHAOS = Duration.ofSeconds(20);
    private static final Duration LATEST = Duration.ofMillis(500);

    private final long seed = Long.getLong("yado.test.seed", System.nanoTime());
    private final RestartablePostgres postgres = new RestartablePostgres();
    private final TestingCloud cloud = new TestingCloud(postgres.url());
    private final List<SeededFaults> faults = new ArrayList<>();
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final List<ControllerReplica> replicas = new CopyOnWriteArrayList<>();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    @Test
    @Timeout(180)
    void afterTheChaosEverythingIsAtRestAndNothingRanTwice() throws Exception {
        System.out.println("soak: seed " + seed);
        try {
            begin();
            long end = System.nanoTime() + CHAOS.toNanos();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> all = new ArrayList<>();
                for (int caller = 0; caller < CALLERS; caller++) {
                    SplittableRandom random = new SplittableRandom(seed + caller);
                    all.add(threads.submit(() -> ask(random, end)));
                }
                all.add(threads.submit(() -> breakThings(new SplittableRandom(~seed), end)));
                for (Future<?> each : all) {
                    each.get();
                }
            }
            long chaosOver = System.nanoTime();
            faults.forEach(SeededFaults::end);
            hosts.stream().filter(host -> !host.isUp()).forEach(SimulatedHost::boot);
            comesToRest();
            System.out.printf(
                    "soak: %d calls (%d refused), %d restarts of PostgreSQL, at rest %d ms after the chaos: %s%n",
                    asked.get(),
                    refused.get(),
                    postgres.restarts(),
                    (System.nanoTime() - chaosOver) / 1_000_000,
                    states());
            assertThat(cloud.witness().offences()).as("seed %d", seed).isEmpty();
            hostsHoldWhatTheyAreKnownToHold();
            everythingCanBeDeleted();
        } finally {
            cloud.close();
            postgres.close();
        }
    }

    private void begin() {
        replicas.add(cloud.replica("soak-0", new CrashPoint()));
        replicas.add(cloud.replica("soak-1", new CrashPoint()));
        for (int number = 0; number < HOSTS; number++) {
            SeededFaults wrong = new SeededFaults(seed, number, 0.1, LATEST);
            faults.add(wrong);
            hosts.add(cloud.host(HostPlan.of("soak-" + number, 64, 65_536, Accelerator.TCG)
                    .withHeartbeat(Duration.ofMillis(500), Duration.ofMillis(number * 10L))
                    .withFaults(wrong)));
        }
    }

    private Void ask(SplittableRandom random, long end) {
        List<VmId> mine = new ArrayList<>();
        while (System.nanoTime() < end) {
            ControllerReplica replica = replicas.get(random.nextInt(replicas.size()));
            try {
                if (mine.size() < VMS / CALLERS) {
                    OperationId created = replica.vms().create(cloud.caller(), TestingCloud.small());
                    mine.add(new VmId(
                            replica.operations().find(created).orElseThrow().targetId()));
                } else {
                    askAny(replica, random, mine);
                }
                asked.incrementAndGet();
            } catch (YadoException known) {
                refused.incrementAndGet();
            } catch (DataAccessException | TransactionException | IllegalStateException dead) {
                // The replica or PostgreSQL died under the call: whether it counts is what the rows say.
                pause(Duration.ofMillis(50));
            }
        }
        return null;
    }

    private void askAny(ControllerReplica replica, SplittableRandom random, List<VmId> mine) {
        int which = random.nextInt(mine.size());
        VmId vm = mine.get(which);
        switch (random.nextInt(6)) {
            case 0 -> replica.vms().stop(cloud.caller(), vm, StopPolicy.HARD);
            case 1, 2 -> replica.vms().start(cloud.caller(), vm);
            case 3 -> replica.vms().pause(cloud.caller(), vm);
            case 4 -> replica.vms().resume(cloud.caller(), vm);
            default -> {
                replica.vms().delete(cloud.caller(), vm);
                mine.remove(which);
            }
        }
    }

    /** One thing after the other; each is put right before the next begins, as the people and machines around a cloud do. */
    private Void breakThings(SplittableRandom random, long end) {
        while (System.nanoTime() < end) {
            SimulatedHost host = hosts.get(random.nextInt(HOSTS));
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    host.die();
                    pause(Duration.ofMillis(random.nextInt(300)));
                    host.restart();
                }
                case 2 -> {
                    host.crash();
                    pause(LATEST);
                    host.boot();
                }
                case 3 -> {
                    host.crash();
                    // What is still on its way to it arrives before it has forgotten everything.
                    pause(LATEST);
                    host.wipe();
                }
                case 4 -> host.shiftClock(Duration.ofSeconds(random.nextInt(-7200, 7200)));
                case 5 -> {
                    host.link(SimulatedHost.Link.CUT);
                    pause(Duration.ofMillis(random.nextInt(500)));
                    host.link(SimulatedHost.Link.WORKS);
                }
                case 6 -> replaceReplica(random.nextInt(replicas.size()));
                default -> {
                    if (random.nextInt(3) == 0) {
                        postgres.restart();
                    }
                }
            }
        }
        return null;
    }

    private void replaceReplica(int which) {
        ControllerReplica dying = replicas.get(which);
        dying.die();
        dying.close();
        replicas.set(which, cloud.replica("soak-" + which, new CrashPoint()));
    }

    private static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** No operation is open, every host has reported, and for each VM its host has heard of what is wanted last. */
    private void comesToRest() {
        await("every operation to end (seed " + seed + ")")
                .atMost(60, SECONDS)
                .untilAsserted(() -> assertThat(cloud.jdbc()
                                .queryForList(
                                        "SELECT kind || ' ' || status || ' ' || coalesce(wait_reason, '') FROM operation WHERE ended_at IS NULL",
                                        String.class))
                        .isEmpty());
        await("every VM to be settled (seed " + seed + ")")
                .atMost(30, SECONDS)
                .untilAsserted(() ->
                        assertThat(cloud.jdbc().queryForList("""
                                        SELECT v.id || ' ' || v.desired_state || ' ' || coalesce(v.observed_state, 'none') FROM vm v
                                        JOIN allocation a ON a.vm_id = v.id JOIN host h ON h.id = a.host_id
                                        WHERE h.lease_until < now() OR v.desired_state = 'DELETED' OR v.observed_settled IS NOT TRUE
                                            OR v.observed_generation < v.generation AND v.observed_state <> 'ABSENT'
                                        """, String.class)).isEmpty());
    }

    private List<String> states() {
        return cloud.jdbc()
                .queryForList(
                        "SELECT coalesce(observed_state, 'never placed') || ' ' || count(*) FROM vm GROUP BY observed_state ORDER BY 1",
                        String.class);
    }

    private void hostsHoldWhatTheyAreKnownToHold() {
        for (SimulatedHost host : hosts) {
            List<UUID> placed = cloud.jdbc()
                    .queryForList(
                            "SELECT vm_id FROM allocation WHERE host_id = ?",
                            UUID.class,
                            host.id().value());
            assertThat(placed)
                    .as("seed %d, %s", seed, host.name())
                    .containsAll(host.held().stream().map(VmId::value).toList());
        }
    }

    private void everythingCanBeDeleted() {
        ControllerReplica replica = replicas.getFirst();
        cloud.jdbc()
                .queryForList("SELECT id FROM vm", UUID.class)
                .forEach(vm -> replica.vms().delete(cloud.caller(), new VmId(vm)));
        await("every VM to be gone (seed " + seed + ")")
                .atMost(60, SECONDS)
                .until(() ->
                        cloud.jdbc().queryForList("SELECT 1 FROM vm LIMIT 1").isEmpty());
        assertThat(cloud.jdbc().queryForList("SELECT 1 FROM allocation")).isEmpty();
        assertThat(cloud.witness().running()).as("seed %d", seed).isEmpty();
        hosts.forEach(host -> assertThat(host.held()).as(host.name()).isEmpty());
    }
}
