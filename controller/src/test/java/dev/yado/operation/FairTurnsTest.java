package dev.yado.operation;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import dev.yado.operation.CountingFlow.Steps;
import dev.yado.operation.StepResult.Done;
import dev.yado.protocol.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One tenant's thousands never keep another's from their turn. */
@Timeout(60)
class FairTurnsTest {
    private static final int IN_FLIGHT = 16;
    private static final TenantId GREEDY = TenantId.random();
    private static final TenantId MODEST = TenantId.random();

    private final HikariDataSource database = PooledDatabase.open();
    private final Semaphore goOn = new Semaphore(0);
    private final BlockingQueue<Run> begun = new LinkedBlockingQueue<>();
    private final List<TestingReplica> replicas = new ArrayList<>();

    @AfterEach
    void close() {
        goOn.release(100_000);
        replicas.forEach(TestingReplica::close);
        database.close();
    }

    /** Each operation tells that it has begun and holds its place until it may go on. */
    private CountingFlow holding(Priority priority, String kind) {
        return new CountingFlow(kind, priority).calling(Steps.ONE, run -> {
            begun.add(run);
            goOn.acquireUninterruptibly();
            return new Done<>();
        });
    }

    private TestingReplica replica() {
        OperationSettings settings = new OperationSettings(
                "a", Duration.ofSeconds(30), IN_FLIGHT, Duration.ofMillis(100), Duration.ofSeconds(1), null);
        TestingReplica replica = new TestingReplica(
                database,
                settings,
                List.of(
                        holding(Priority.NORMAL, "Create"),
                        holding(Priority.URGENT, "Stop"),
                        holding(Priority.BACKGROUND, "Import")));
        replicas.add(replica);
        return replica;
    }

    private void begin(TestingReplica replica, String kind, TenantId tenant, int count) {
        replica.transactions()
                .executeWithoutResult(_ -> IntStream.range(0, count)
                        .forEach(_ -> replica.operations().begin(kind, tenant, UUID.randomUUID(), Map.of())));
    }

    private Run next() throws InterruptedException {
        Run run = begun.poll(20, SECONDS);
        assertThat(run).as("an operation that begins").isNotNull();
        return run;
    }

    private List<Run> next(int count) throws InterruptedException {
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            runs.add(next());
        }
        return runs;
    }

    @Test
    void aStopIsTakenNextAlthoughAThousandCreatesWereFirst() throws InterruptedException {
        TestingReplica replica = replica();
        begin(replica, "Create", GREEDY, 1_000);
        replica.start();
        assertThat(next(IN_FLIGHT - IN_FLIGHT / 8)).extracting(Run::tenant).containsOnly(GREEDY);

        // An eighth is kept free for what is urgent: the stop begins although no create has ended.
        begin(replica, "Stop", MODEST, 1);
        assertThat(next().tenant()).isEqualTo(MODEST);

        // With that taken too, the next place goes to the next stop.
        begin(replica, "Stop", MODEST, 2);
        assertThat(next().tenant()).isEqualTo(MODEST);
        goOn.release();
        assertThat(next().tenant()).isEqualTo(MODEST);
    }

    @Test
    void aCreateOfAnotherTenantIsTakenNextAlthoughAThousandWereFirst() throws InterruptedException {
        TestingReplica replica = replica();
        begin(replica, "Create", GREEDY, 1_000);
        replica.start();
        next(IN_FLIGHT - IN_FLIGHT / 8);
        begin(replica, "Create", MODEST, 1);

        goOn.release();

        assertThat(next().tenant()).isEqualTo(MODEST);
    }

    @Test
    void placesAreSharedEvenlyWhenBothHaveMoreThanEnough() throws InterruptedException {
        TestingReplica replica = replica();
        begin(replica, "Create", GREEDY, 1_000);
        begin(replica, "Create", MODEST, 20);
        replica.start();

        List<Run> first = next(IN_FLIGHT - IN_FLIGHT / 8);

        assertThat(first.stream().filter(run -> MODEST.equals(run.tenant())).count())
                .isEqualTo(first.size() / 2);
    }

    @Test
    void theBackgroundTakesAQuarterAtMost() throws InterruptedException {
        TestingReplica replica = replica();
        begin(replica, "Import", GREEDY, 100);
        replica.start();
        next(IN_FLIGHT / 4);

        begin(replica, "Create", MODEST, 10);

        assertThat(next(10)).extracting(Run::tenant).containsOnly(MODEST);
    }

    /** By what PostgreSQL reads, which no busy machine changes: some pages for each lane and claim, not all that is due. */
    @Test
    void aClaimReadsNoMoreWhenAHundredThousandAreDue() {
        TestingReplica replica = replica();
        replica.jdbc().update("""
                INSERT INTO operation (id, kind, definition_version, tenant_id, lane, target_id, status, input, step, step_deadline_at,
                    deadline_at, wake_at)
                SELECT gen_random_uuid(), 'Create', 1, lane, lane, gen_random_uuid(), 'RUNNING', '{}', 'ONE', now() + interval '1 day',
                    now() + interval '1 day', now() - i * interval '1 millisecond'
                FROM generate_series(1, 100000) i,
                    LATERAL (SELECT md5((i % 100)::text)::uuid AS lane) l
                """);
        replica.jdbc().execute("VACUUM ANALYZE operation");

        assertThat(replica.queue().dueLanes()).hasSize(100);
        List<String> plan = replica.jdbc()
                .queryForList(
                        "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, COSTS OFF) " + OperationQueue.DUE_LANES, String.class);
        assertThat(rowsRead(plan)).as("%s", String.join("\n", plan)).isLessThan(1_000);
        Map<Lane, Integer> oneEach =
                replica.queue().dueLanes().stream().collect(Collectors.toMap(lane -> lane, _ -> 1));
        assertThat(replica.queue().claim("a", Duration.ofSeconds(30), oneEach))
                .extracting(Claim::lane)
                .containsExactlyInAnyOrderElementsOf(oneEach.keySet());
    }

    /** The most that any part of the plan has read, in all its loops. */
    private static long rowsRead(List<String> plan) {
        java.util.regex.Pattern actual =
                java.util.regex.Pattern.compile("actual rows=([0-9.]+) loops=(\\d+)|Rows Removed by Filter: (\\d+)");
        return plan.stream()
                .flatMap(line -> actual.matcher(line).results())
                .mapToLong(found -> found.group(3) == null
                        ? (long) (Double.parseDouble(found.group(1)) * Long.parseLong(found.group(2)))
                        : Long.parseLong(found.group(3)))
                .max()
                .orElseThrow();
    }
}
