package dev.yado.operation;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Operations per second of a flow of five empty steps, begun by 16 clients, with fsync on ({@code -Dyado.test.fsync=on}). */
public final class OperationEngineBench {
    private static final int CLIENTS = 16;

    private OperationEngineBench() {}

    enum Steps {
        A,
        B,
        C,
        D,
        E
    }

    static final class EmptyFlow implements Flow<Steps> {
        @Override
        public String kind() {
            return "Empty";
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public Priority priority() {
            return Priority.NORMAL;
        }

        @Override
        public Cancellation cancellation() {
            return Cancellation.NOTHING_TO_TAKE_BACK;
        }

        @Override
        public Duration deadline() {
            return Duration.ofHours(1);
        }

        @Override
        public Class<Steps> steps() {
            return Steps.class;
        }

        @Override
        public Step<Steps> step(Steps name) {
            return Step.transaction("nothing", Duration.ofHours(1), CancelPoint.NOW, _ -> switch (name) {
                case A -> new Advance<>(Steps.B);
                case B -> new Advance<>(Steps.C);
                case C -> new Advance<>(Steps.D);
                case D -> new Advance<>(Steps.E);
                case E -> new Done<>();
            });
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3_000;
        try (HikariDataSource database = PooledDatabase.open();
                TestingReplica replica = new TestingReplica(
                        database,
                        new OperationSettings("bench", Duration.ofSeconds(30), 256, Duration.ofSeconds(1), null),
                        List.of(new EmptyFlow()))) {
            replica.start();
            round(replica, count);
            for (int i = 0; i < 3; i++) {
                System.out.printf(
                        Locale.ROOT,
                        "{\"name\":\"engine operations of 5 steps, 16 clients, fsync %s\",\"value\":%.0f,\"unit\":\"op/s\"}%n",
                        replica.jdbc().queryForObject("SHOW fsync", String.class),
                        round(replica, count));
            }
        }
    }

    private static double round(TestingReplica replica, int count) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(count);
        CountDownLatch begun = new CountDownLatch(CLIENTS);
        long start = System.nanoTime();
        for (int client = 0; client < CLIENTS; client++) {
            Thread.ofVirtual().start(() -> {
                while (left.getAndDecrement() > 0) {
                    replica.transactions()
                            .execute(_ -> replica.operations().begin("Empty", null, UUID.randomUUID(), Map.of()));
                }
                begun.countDown();
            });
        }
        begun.await();
        while (!replica.jdbc()
                .queryForList("SELECT 1 FROM operation WHERE ended_at IS NULL LIMIT 1")
                .isEmpty()) {
            Thread.sleep(5);
        }
        return count / ((System.nanoTime() - start) / 1e9);
    }
}
