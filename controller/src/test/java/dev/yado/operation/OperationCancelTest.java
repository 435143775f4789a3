package dev.yado.operation;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import dev.yado.operation.CancelAnswer.Effect;
import dev.yado.operation.CountingFlow.Steps;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OperationCancelTest {
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

    private TestingReplica replica(CountingFlow flow) {
        TestingReplica replica =
                new TestingReplica(database, TestingReplica.quick("replica-" + replicas.size()), List.of(flow));
        replicas.add(replica);
        return replica;
    }

    private static OperationId begin(TestingReplica replica) {
        return replica.transactions()
                .execute(_ -> replica.operations().begin("Counting", null, UUID.randomUUID(), Map.of()));
    }

    private static OperationView end(TestingReplica replica, OperationId id) throws InterruptedException {
        OperationView view =
                replica.operations().await(id, Duration.ofSeconds(20)).orElseThrow();
        assertThat(view.status().ended()).as("%s", view).isTrue();
        return view;
    }

    private static void waiting(TestingReplica replica, OperationId id) {
        Awaitility.await()
                .atMost(10, SECONDS)
                .until(() -> replica.operations().find(id).orElseThrow().status() == OperationStatus.WAITING);
    }

    private static CountingFlow waitingAtTwo() {
        return new CountingFlow()
                .on(Steps.ONE, _ -> new Advance<>(Steps.TWO))
                .on(Steps.TWO, _ -> new Wait<>(Duration.ofHours(1), "waits for what never comes"))
                .undoable(Steps.ONE);
    }

    @Test
    void aWaitingStepEndsAtOnceAndWhatWasDoneIsUndone() throws InterruptedException {
        CountingFlow flow = waitingAtTwo();
        TestingReplica replica = replica(flow).start();
        OperationId id = begin(replica);
        waiting(replica, id);

        CancelAnswer answer = replica.operations().cancel(id, "the test");

        assertThat(answer.effect()).isEqualTo(Effect.UNDOING);
        assertThat(answer.undo()).containsExactly("ONE");
        OperationView view = end(replica, id);
        assertThat(view.status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(view.steps())
                .extracting(OperationView.StepView::status)
                .containsExactly(StepStatus.UNDONE, StepStatus.CANCELLED, StepStatus.SKIPPED);
        assertThat(view.cancel())
                .isNotNull()
                .extracting(OperationView.CancelView::requestedBy)
                .isEqualTo("the test");
        assertThat(view.priority()).isEqualTo(Priority.URGENT);
        assertThat(flow.undone()).containsExactly("BEGIN", "ONE");
    }

    @Test
    void aCallIsLetFinishBeforeItIsUndone() throws InterruptedException {
        CountDownLatch inCall = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountingFlow flow = new CountingFlow()
                .calling(Steps.ONE, _ -> {
                    inCall.countDown();
                    OperationCancelTest.await(goOn);
                    return new Advance<>(Steps.TWO);
                })
                .undoable(Steps.ONE);
        TestingReplica replica = replica(flow).start();
        OperationId id = begin(replica);
        await(inCall);

        CancelAnswer answer = replica.operations().cancel(id, "the test");
        assertThat(answer.effect()).isEqualTo(Effect.AFTER_STEP);
        assertThat(answer.undo()).containsExactly("ONE");
        assertThat(flow.undone()).isEmpty();
        goOn.countDown();

        assertThat(end(replica, id).status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(flow.undone()).containsExactly("BEGIN", "ONE");
        assertThat(flow.committed()).isEmpty();
    }

    @Test
    void theNextRunnerTurnsRoundWhenTheOneInTheCallIsDead() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .calling(Steps.ONE, _ -> new Advance<>(Steps.TWO))
                .undoable(Steps.ONE);
        TestingReplica dead = replica(flow);
        OperationId id = begin(dead);
        assertThat(dead.claim("dead", Duration.ofSeconds(1))).hasSize(1);

        CancelAnswer answer = dead.operations().cancel(id, "the test");
        assertThat(answer.effect()).isEqualTo(Effect.AFTER_STEP);

        TestingReplica alive = replica(flow).start();
        assertThat(end(alive, id).status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(flow.committed()).isEmpty();
        assertThat(flow.undone()).containsExactly("BEGIN", "ONE");
    }

    @Test
    void withoutAnyRunnerItEndsAtOnce() {
        CountingFlow flow = new CountingFlow();
        TestingReplica replica = replica(flow);
        OperationId id = begin(replica);

        assertThat(replica.operations().cancel(id, "the test").effect()).isEqualTo(Effect.CANCELLED);

        OperationView view = replica.operations().find(id).orElseThrow();
        assertThat(view.status()).isEqualTo(OperationStatus.CANCELLED);
        assertThat(flow.undone()).containsExactly("BEGIN");
    }

    @Test
    void thereIsNoWayBackFromAStepThatSaysSoOnceItHasBegun() {
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, _ -> new Wait<>(Duration.ofHours(1), "works"))
                .cancelled(Steps.ONE, CancelPoint.NO_RETURN);
        TestingReplica replica = replica(flow);
        OperationId notBegun = begin(replica);
        assertThat(replica.operations().cancel(notBegun, "the test").effect()).isEqualTo(Effect.CANCELLED);

        replica.start();
        OperationId id = begin(replica);
        waiting(replica, id);

        assertRefused(replica, id, ErrorCode.CANCEL_TOO_LATE, "do what the test says");
        assertThat(replica.operations().find(id).orElseThrow().status()).isEqualTo(OperationStatus.WAITING);
    }

    @Test
    void whatHasEndedSaysHow() throws InterruptedException {
        TestingReplica replica = replica(new CountingFlow()).start();
        OperationId done = begin(replica);
        end(replica, done);
        assertRefused(replica, done, ErrorCode.OPERATION_ENDED, "SUCCEEDED");

        CountingFlow failing = new CountingFlow().on(Steps.ONE, _ -> new GiveUp<>(ErrorCode.STORAGE_FULL, "no room"));
        replica.close();
        TestingReplica other = replica(failing).start();
        OperationId failed = begin(other);
        end(other, failed);
        assertRefused(other, failed, ErrorCode.OPERATION_ENDED, "STORAGE_FULL");
        assertRefused(other, OperationId.random(), ErrorCode.NOT_FOUND, "does not exist");
    }

    @Test
    void askedAgainItAnswersTheSame() throws InterruptedException {
        CountingFlow flow = waitingAtTwo();
        TestingReplica replica = replica(flow).start();
        OperationId id = begin(replica);
        waiting(replica, id);

        CancelAnswer first = replica.operations().cancel(id, "the first");
        end(replica, id);
        CancelAnswer second = replica.operations().cancel(id, "the second");

        assertThat(second.effect()).isEqualTo(Effect.CANCELLED);
        assertThat(second.requestedBy()).isEqualTo("the first");
        assertThat(second.requestedAt()).isEqualTo(first.requestedAt());
        assertThat(flow.undone()).containsExactly("BEGIN", "ONE");
    }

    @Test
    void aFailureThatIsBeingUndoneIsNotCancelled() {
        CountDownLatch undoing = new CountDownLatch(1);
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, _ -> new Advance<>(Steps.TWO))
                .on(Steps.TWO, _ -> new GiveUp<>(ErrorCode.STORAGE_FULL, "no room"))
                .undoable(Steps.ONE)
                .undoing(_ -> {
                    undoing.countDown();
                    return new Undo.Result.NotYet(Duration.ofHours(1), "not yet");
                });
        TestingReplica replica = replica(flow).start();
        OperationId id = begin(replica);
        await(undoing);
        waiting(replica, id);

        assertRefused(replica, id, ErrorCode.CANCEL_TOO_LATE, "STORAGE_FULL");
    }

    @Test
    void ofACancelAndAnEndOneWins() throws InterruptedException {
        CountingFlow flow = new CountingFlow()
                .on(Steps.ONE, _ -> new Advance<>(Steps.TWO))
                .on(Steps.TWO, _ -> new Advance<>(Steps.THREE))
                .on(Steps.THREE, _ -> new Done<>())
                .undoable(Steps.ONE)
                .undoable(Steps.TWO);
        TestingReplica replica = replica(flow).start();
        AtomicInteger cancelled = new AtomicInteger();
        List<OperationId> operations = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            OperationId id = begin(replica);
            operations.add(id);
            try {
                replica.operations().cancel(id, "the test");
                cancelled.incrementAndGet();
            } catch (YadoException tooLate) {
                assertThat(tooLate.code()).isEqualTo(ErrorCode.OPERATION_ENDED);
            }
        }
        int ended = 0;
        for (OperationId id : operations) {
            ended += end(replica, id).status() == OperationStatus.CANCELLED ? 1 : 0;
        }
        assertThat(ended).isEqualTo(cancelled.get());
        assertThat(flow.undone().stream().filter("BEGIN"::equals).count()).isEqualTo(cancelled.get());
    }

    private static void assertRefused(TestingReplica replica, OperationId id, ErrorCode code, String words) {
        assertThatThrownBy(() -> replica.operations().cancel(id, "the test"))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(words);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
