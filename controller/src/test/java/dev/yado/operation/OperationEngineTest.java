package dev.yado.operation;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import dev.yado.operation.CountingFlow.Act;
import dev.yado.operation.CountingFlow.Steps;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.OperationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OperationEngineTest {
    private static HikariDataSource database;
    private final List<TestingReplica> replicas = new ArrayList<>();

    @BeforeAll
    static void open() {
        database = PooledDatabase.open();
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
    }

    @AfterEach
    void closeReplicas() {
        replicas.forEach(TestingReplica::close);
        new org.springframework.jdbc.core.JdbcTemplate(database).update("DELETE FROM operation");
    }

    private TestingReplica replica(String name, Flow<?>... flows) {
        TestingReplica replica = new TestingReplica(database, TestingReplica.quick(name), List.of(flows));
        replicas.add(replica);
        return replica;
    }

    private static OperationId begin(TestingReplica replica, UUID target) {
        return replica.transactions()
                .execute(_ -> replica.operations().begin("Counting", null, target, Map.of("by", "test")));
    }

    private static OperationView end(TestingReplica replica, OperationId id) throws InterruptedException {
        OperationView view =
                replica.operations().await(id, Duration.ofSeconds(20)).orElseThrow();
        assertThat(view.status().ended()).as("%s", view).isTrue();
        return view;
    }

    private static OperationView waiting(TestingReplica replica, OperationId id) {
        return org.awaitility.Awaitility.await()
                .atMost(10, SECONDS)
                .until(
                        () -> replica.operations().find(id).orElseThrow(),
                        view -> view.status() == OperationStatus.WAITING);
    }

    private static OperationView.ErrorView error(OperationView view) {
        return Objects.requireNonNull(view.error());
    }

    private static Act advance(Steps next) {
        return _ -> new Advance<>(next);
    }

    @Test
    void runsItsStepsInOrderAndTellsWhatEachDid() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, _ -> new Advance<>(Steps.TWO, "one came out well"))
                .on(Steps.TWO, advance(Steps.THREE))
                .on(Steps.THREE, _ -> new Done<>());
        TestingReplica replica = replica("a", flow).start();

        OperationView view = end(replica, begin(replica, UUID.randomUUID()));

        assertThat(view.status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(view.steps()).extracting(OperationView.StepView::name).containsExactly("ONE", "TWO", "THREE");
        assertThat(view.steps()).extracting(OperationView.StepView::status).containsOnly(StepStatus.SUCCEEDED);
        assertThat(view.steps().getFirst().detail()).isEqualTo("one came out well");
        assertThat(flow.committed()).containsExactly("ONE", "TWO", "THREE");
    }

    /** The renewal of all leases and the end of one step may meet: the wait that the step has begun is not to become a lease. */
    @Test
    void aRenewalLeavesTheTimeOfAnOperationThatHasJustBegunToWait() {
        TestingReplica replica = replica("a", new CountingFlow());
        OperationId id = begin(replica, UUID.randomUUID());
        Claim claim = replica.claim("a", Duration.ofSeconds(30)).getFirst();
        replica.rows().await(claim, claim.run(), Duration.ofSeconds(2), "the host", null, 0);

        List<OperationId> notLost = replica.queue().renew(Map.of(id, claim.epoch()), Duration.ofSeconds(30));

        assertThat(notLost).containsExactly(id);
        assertThat(replica.jdbc()
                        .queryForObject(
                                "SELECT wake_at < now() + interval '3 seconds' FROM operation WHERE id = ?",
                                Boolean.class,
                                id.value()))
                .isTrue();
        assertThat(replica.queue().renew(Map.of(id, claim.epoch() - 1), Duration.ofSeconds(30)))
                .as("one that another has taken")
                .isEmpty();
    }

    /** A step that has woken one operation and then writes its own row would wait for a renewal that waits for it. */
    @Test
    void aRenewalWaitsForNobodyAndLosesNothing() throws Exception {
        TestingReplica replica = replica("a", new CountingFlow());
        OperationId written = begin(replica, UUID.randomUUID());
        OperationId free = begin(replica, UUID.randomUUID());
        Map<OperationId, Long> epochs =
                replica.claim("a", Duration.ofSeconds(30)).stream().collect(Collectors.toMap(Claim::id, Claim::epoch));
        replica.jdbc().update("UPDATE operation SET wake_at = now() + interval '1 second'");

        List<OperationId> notLost =
                Objects.requireNonNull(replica.transactions().execute(_ -> {
                    replica.jdbc().queryForList("SELECT id FROM operation WHERE id = ? FOR UPDATE", written.value());
                    return CompletableFuture.supplyAsync(() -> replica.queue().renew(epochs, Duration.ofSeconds(30)))
                            .orTimeout(20, SECONDS)
                            .join();
                }));

        assertThat(notLost).containsExactlyInAnyOrder(written, free);
        assertThat(replica.jdbc()
                        .queryForList(
                                "SELECT id FROM operation WHERE wake_at > now() + interval '10 seconds'", UUID.class))
                .containsExactly(free.value());
    }

    @Test
    void goesOnAtOnceWhenItsTargetIsWokenThroughAnotherReplica() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        CountingFlow flow = new CountingFlow()
                .on(
                        Steps.ONE,
                        _ -> asked.incrementAndGet() == 1
                                ? new Wait<>(Duration.ofHours(1), "waits for a word")
                                : new Done<>());
        TestingReplica worker = replica("a", flow).start();
        TestingReplica caller = replica("b", flow);
        UUID target = UUID.randomUUID();
        OperationId id = begin(caller, target);
        assertThat(waiting(worker, id).waitReason()).isEqualTo("waits for a word");

        caller.transactions().executeWithoutResult(_ -> caller.operations().wake(List.of(target)));

        assertThat(end(worker, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void aWakeUpWhileTheStepRunsIsNotLost() throws InterruptedException {
        CountDownLatch inStep = new CountDownLatch(1);
        CountDownLatch woken = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        CountingFlow flow = new CountingFlow().calling(Steps.ONE, _ -> {
            if (asked.incrementAndGet() > 1) {
                return new Done<>();
            }
            inStep.countDown();
            await(woken);
            return new Wait<>(Duration.ofHours(1), "decided before the word came");
        });
        TestingReplica replica = replica("a", flow).start();
        UUID target = UUID.randomUUID();
        OperationId id = begin(replica, target);
        assertThat(inStep.await(10, SECONDS)).isTrue();

        replica.operations().wake(List.of(target));
        woken.countDown();

        assertThat(end(replica, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    /** As two runners do that end, each with its own operation's row locked, when each has room for what the other waits for. */
    @Test
    void twoThatHoldAnOperationAndWakeEachOthersBothCommit() throws Exception {
        TestingReplica replica = replica("a", new CountingFlow());
        List<UUID> targets = List.of(UUID.randomUUID(), UUID.randomUUID());
        targets.forEach(target -> begin(replica, target));
        CyclicBarrier bothHold = new CyclicBarrier(2);

        try (ExecutorService runners = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> commits = new ArrayList<>();
            for (UUID own : targets) {
                List<UUID> other =
                        targets.stream().filter(target -> !target.equals(own)).toList();
                commits.add(runners.submit(() -> replica.transactions().executeWithoutResult(_ -> {
                    replica.jdbc().update("UPDATE operation SET step_detail = 'held' WHERE target_id = ?", own);
                    meet(bothHold);
                    replica.operations().wake(other);
                    meet(bothHold);
                })));
            }
            for (Future<?> commit : commits) {
                commit.get(20, SECONDS);
            }
        }

        org.awaitility.Awaitility.await()
                .atMost(10, SECONDS)
                .until(() -> replica.jdbc()
                        .queryForList("SELECT wakes FROM operation", Long.class)
                        .equals(List.of(1L, 1L)));
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(10, SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Begun when the flow had ONE and THREE only. */
    @Test
    void anOperationBegunBeforeAStepCameBetweenGoesOnAndItsTimelineIsNotShifted() throws InterruptedException {
        CountDownLatch inThree = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountingFlow flow = new CountingFlow().calling(Steps.THREE, _ -> {
            inThree.countDown();
            await(goOn);
            return new Done<>();
        });
        TestingReplica replica = replica("a", flow);
        OperationId id = begin(replica, UUID.randomUUID());
        isAtThreeAfter(replica, id, "ONE");
        replica.start();
        assertThat(inThree.await(10, SECONDS)).isTrue();

        OperationView underWay = replica.operations().find(id).orElseThrow();
        goOn.countDown();
        OperationView ended = end(replica, id);

        assertThat(timeline(underWay)).containsExactly("ONE SUCCEEDED", "TWO SKIPPED", "THREE RUNNING");
        assertThat(timeline(ended)).containsExactly("ONE SUCCEEDED", "TWO SKIPPED", "THREE SUCCEEDED");
        assertThat(replica.jdbc().queryForList("SELECT ordinal FROM operation_step ORDER BY ordinal", Integer.class))
                .as("where the older controller would have stored them")
                .containsExactly(0, 1);
    }

    /** Begun when the flow had TWO and THREE only. */
    @Test
    void anOperationBegunBeforeAStepCameInFrontIsUndoneByNames() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .undoable(Steps.ONE)
                .undoable(Steps.TWO)
                .on(Steps.THREE, _ -> new GiveUp<>(ErrorCode.STORAGE_FULL, "no room"));
        TestingReplica replica = replica("a", flow);
        OperationId id = begin(replica, UUID.randomUUID());
        isAtThreeAfter(replica, id, "TWO");
        replica.start();

        OperationView ended = end(replica, id);

        assertThat(flow.undone()).containsExactly("TWO");
        assertThat(ended.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(timeline(ended)).containsExactly("ONE SKIPPED", "TWO UNDONE", "THREE FAILED");
    }

    private static void isAtThreeAfter(TestingReplica replica, OperationId id, String done) {
        replica.jdbc().update("UPDATE operation SET step = 'THREE' WHERE id = ?", id.value());
        replica.jdbc().update("""
                        INSERT INTO operation_step (operation_id, ordinal, name, status, started_at, ended_at, attempts)
                        VALUES (?, 0, ?, 'SUCCEEDED', now(), now(), 1)
                        """, id.value(), done);
    }

    private static List<String> timeline(OperationView view) {
        return view.steps().stream()
                .map(step -> step.name() + " " + step.status())
                .toList();
    }

    @Test
    void whoLostItsLeaseCommitsNothing() throws InterruptedException {
        CountDownLatch inStep = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountingFlow slow = new CountingFlow().calling(Steps.ONE, _ -> {
            inStep.countDown();
            awaitDespiteInterrupts(goOn);
            return new Advance<>(Steps.TWO, "from the slow one");
        });
        CountingFlow quick = new CountingFlow()
                .on(Steps.ONE, _ -> new Advance<>(Steps.THREE, "from the quick one"))
                .on(Steps.THREE, _ -> new Done<>());
        TestingReplica first = replica("first", slow).start();
        OperationId id = begin(first, UUID.randomUUID());
        assertThat(inStep.await(10, SECONDS)).isTrue();

        // As if the first were not heard of any more: its lease ends although it still works.
        TestingReplica second = replica("second", quick);
        second.transactions().executeWithoutResult(_ -> {
            // One transaction, so that the first, which still looks for work, cannot have it back in between.
            second.jdbc().update("UPDATE operation SET lease_owner = NULL, epoch = epoch + 1, wake_at = now()");
            assertThat(second.claim("second", Duration.ofHours(1)))
                    .hasSize(1)
                    .allSatisfy(claim -> assertThat(second.rows().succeed(claim, claim.run(), "from the second"))
                            .isTrue());
        });
        goOn.countDown();

        OperationView view = end(second, id);
        assertThat(view.steps().getFirst().detail()).isEqualTo("from the second");
        assertThat(slow.committed()).isEmpty();
    }

    @Test
    void aNewOperationOnTheSameTargetTakesTheFenceFromTheOlder() throws InterruptedException {
        CountDownLatch inStep = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        CountingFlow flow = new CountingFlow().calling(Steps.ONE, _ -> {
            if (runs.incrementAndGet() == 1) {
                inStep.countDown();
                await(goOn);
            }
            return new Done<>();
        });
        TestingReplica replica = replica("a", flow).start();
        UUID target = UUID.randomUUID();
        OperationId older = begin(replica, target);
        assertThat(inStep.await(10, SECONDS)).isTrue();

        OperationId newer = begin(replica, target);
        goOn.countDown();

        assertThat(end(replica, newer).status()).isEqualTo(OperationStatus.SUCCEEDED);
        OperationView overtaken = end(replica, older);
        assertThat(overtaken.status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(error(overtaken).detail()).contains(newer.toString());
        assertThat(flow.committed()).containsExactly("ONE");
    }

    @Test
    void refusesAVersionThatNobodyKnows() throws InterruptedException {
        TestingReplica old = replica("old", new CountingFlow());
        OperationId id = begin(old, UUID.randomUUID());
        old.jdbc().update("UPDATE operation SET definition_version = 7");

        OperationView view = end(replica("new", new CountingFlow()).start(), id);

        assertThat(view.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(error(view).code()).isEqualTo(ErrorCode.OPERATION_VERSION_UNKNOWN.name());
    }

    @Test
    void leavesAVersionThatItDoesNotKnowToAReplicaThatDoes() throws InterruptedException {
        OperationSettings patient = new OperationSettings(
                "old", Duration.ofSeconds(30), 64, Duration.ofMillis(100), Duration.ofSeconds(10), null);
        TestingReplica old = new TestingReplica(database, patient, List.of(new CountingFlow())).start();
        replicas.add(old);
        CountingFlow known = new CountingFlow("OfTheNextVersion", Priority.NORMAL);
        TestingReplica upgraded = replica("new", new CountingFlow(), known);
        OperationId id = upgraded.transactions()
                .execute(_ -> upgraded.operations().begin("OfTheNextVersion", null, UUID.randomUUID(), Map.of()));
        assertThat(waiting(old, id).waitReason()).startsWith("OPERATION_VERSION_UNKNOWN");

        upgraded.start();

        assertThat(end(upgraded, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(known.committed()).containsExactly("ONE");
    }

    @Test
    void undoesNewestFirstAfterAStepHasGivenUp() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, advance(Steps.TWO))
                .on(Steps.TWO, advance(Steps.THREE))
                .on(Steps.THREE, _ -> new GiveUp<>(ErrorCode.STORAGE_FULL, "no room"))
                .undoable(Steps.ONE)
                .undoable(Steps.TWO);
        TestingReplica replica = replica("a", flow).start();

        OperationView view = end(replica, begin(replica, UUID.randomUUID()));

        assertThat(view.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(view.error()).isEqualTo(new OperationView.ErrorView("STORAGE_FULL", "no room"));
        assertThat(view.steps())
                .extracting(OperationView.StepView::status)
                .containsExactly(StepStatus.UNDONE, StepStatus.UNDONE, StepStatus.FAILED);
        assertThat(flow.undone()).containsExactly("TWO", "ONE");
    }

    @Test
    void theStepThatFailedIsUndoneTooSinceItMayHaveDoneSomething() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, _ -> new GiveUp<>(ErrorCode.STORAGE_FULL, "no room"))
                .undoable(Steps.ONE);
        TestingReplica replica = replica("a", flow).start();

        end(replica, begin(replica, UUID.randomUUID()));

        assertThat(flow.undone()).containsExactly("ONE");
    }

    @Test
    void failsAndUndoesWhenAStepMissesItsDeadline() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .deadline(Duration.ofMillis(300))
                .on(Steps.ONE, advance(Steps.TWO))
                .on(Steps.TWO, _ -> new Wait<>(Duration.ofHours(1), "waits for what never comes"))
                .undoable(Steps.ONE);
        TestingReplica replica = replica("a", flow).start();

        OperationView view = end(replica, begin(replica, UUID.randomUUID()));

        assertThat(error(view).code()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(error(view).detail()).contains("TWO").contains("waits for what never comes");
        assertThat(flow.undone()).containsExactly("ONE");
    }

    @Test
    void anUnreachableHostIsTriedAgainAndNeverFailsFast() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        CountingFlow flow = new CountingFlow().calling(Steps.ONE, _ -> {
            if (calls.incrementAndGet() < 4) {
                throw new HostUnreachable("host h1 does not answer", new java.io.IOException());
            }
            return new Done<>();
        });
        TestingReplica replica = replica("a", flow).start();

        OperationView view = end(replica, begin(replica, UUID.randomUUID()));

        assertThat(view.status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(view.steps().getFirst().attempts()).isEqualTo(4);
    }

    @Test
    void whatAStepThrewIsToldWithoutInternalText() {
        CountingFlow flow = new CountingFlow().on(Steps.ONE, _ -> {
            throw new IllegalStateException("secret internals");
        });
        TestingReplica replica = replica("a", flow).start();

        OperationId id = begin(replica, UUID.randomUUID());

        OperationView view = waiting(replica, id);
        assertThat(view.waitReason()).contains("internal error").doesNotContain("secret");
    }

    @Test
    void twoRunnersLoseNoneOfAThousandAndDoubleNone() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, advance(Steps.TWO))
                .on(Steps.TWO, advance(Steps.THREE))
                .on(Steps.THREE, _ -> new Done<>());
        TestingReplica left = replica("left", flow).start();
        replica("right", flow).start();
        left.jdbc().execute("DROP TABLE IF EXISTS counted");
        left.jdbc().execute("CREATE TABLE counted (operation uuid, step text)");
        flow.countingIn(left.jdbc());

        for (int i = 0; i < 1_000; i++) {
            begin(left, UUID.randomUUID());
        }

        org.awaitility.Awaitility.await()
                .atMost(40, SECONDS)
                .until(() -> left.jdbc()
                        .queryForList("SELECT 1 FROM operation WHERE ended_at IS NULL LIMIT 1")
                        .isEmpty());
        assertThat(left.jdbc().queryForObject("SELECT count(*) FROM operation WHERE status = 'SUCCEEDED'", Long.class))
                .isEqualTo(1_000);
        assertThat(left.jdbc().queryForObject("SELECT count(*) FROM counted", Long.class))
                .isEqualTo(3_000);
        assertThat(left.jdbc()
                        .queryForObject(
                                "SELECT count(*) FROM (SELECT DISTINCT operation, step FROM counted) d", Long.class))
                .isEqualTo(3_000);
    }

    @Test
    void aReplicaThatComesBackTakesUpAtOnceWhatItHeld() throws InterruptedException {
        CountingFlow flow = new CountingFlow().on(Steps.ONE, _ -> new Done<>());
        TestingReplica dead = replica("a", flow);
        OperationId id = begin(dead, UUID.randomUUID());
        assertThat(dead.claim("a", Duration.ofHours(1))).hasSize(1);

        TestingReplica back = replica("a", flow).start();

        assertThat(end(back, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void aStepThatTakesLongerThanTheLeaseKeepsIt() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch leaseWouldHaveEnded = new CountDownLatch(1);
        CountingFlow flow = new CountingFlow().calling(Steps.ONE, _ -> {
            calls.incrementAndGet();
            await(leaseWouldHaveEnded);
            return new Done<>();
        });
        TestingReplica replica = replica("a", flow).start();
        replica("b", flow).start();
        OperationId id = begin(replica, UUID.randomUUID());

        // Three leases long.
        org.awaitility.Awaitility.await()
                .atMost(10, SECONDS)
                .until(() -> replica.jdbc()
                        .queryForObject(
                                "SELECT now() - created_at > interval '1.8 seconds' FROM operation", Boolean.class));
        leaseWouldHaveEnded.countDown();

        assertThat(end(replica, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(calls).hasValue(1);
    }

    @Test
    void oneThatNobodyTakesIsToldOf() {
        TestingReplica replica = replica("a", new CountingFlow());
        OperationId id = begin(replica, UUID.randomUUID());
        OperationTroubles troubles =
                new OperationTroubles(replica.jdbc(), new FlowCatalog(List.of(new CountingFlow())));
        assertThat(troubles.find(OperationTroubles.Kind.UNCLAIMED, Duration.ofMinutes(1), Duration.ofHours(1)))
                .isEmpty();

        replica.jdbc().update("UPDATE operation SET wake_at = now() - interval '2 minutes'");

        assertThat(troubles.find(OperationTroubles.Kind.UNCLAIMED, Duration.ofMinutes(1), Duration.ofHours(1)))
                .singleElement()
                .satisfies(trouble -> {
                    assertThat(trouble.operation()).isEqualTo(id);
                    assertThat(trouble.detail()).contains("nobody has taken it");
                });
    }

    @Test
    void anOperationBeginsOnlyInsideATransaction() {
        TestingReplica replica = replica("a", new CountingFlow());
        assertThatThrownBy(() -> replica.operations().begin("Counting", null, UUID.randomUUID(), Map.of()))
                .isInstanceOf(IllegalStateException.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitDespiteInterrupts(CountDownLatch latch) {
        long end = System.nanoTime() + SECONDS.toNanos(20);
        while (latch.getCount() > 0 && System.nanoTime() < end) {
            try {
                latch.await(1, SECONDS);
            } catch (InterruptedException e) {
                // A runner that does not notice.
            }
        }
    }
}
