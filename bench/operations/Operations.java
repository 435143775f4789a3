import com.zaxxer.hikari.HikariDataSource;
import dev.yado.YadoController;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.protocol.OperationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/** The whole controller, with its own PostgreSQL and a flow more: five steps that do nothing. */
class Operations {
    private static final int CLIENTS = 16;
    private static final int STEPS = 5;
    /** When the first step of an operation ran, by the same clock as the client's. */
    private static final Map<UUID, Long> FIRST_RUN = new ConcurrentHashMap<>();

    enum Steps {
        A,
        B,
        C,
        D,
        E
    }

    static final class EmptyFlow implements Flow<Steps> {
        public String kind() {
            return "Empty";
        }

        public int version() {
            return 1;
        }

        public Priority priority() {
            return Priority.NORMAL;
        }

        public Duration deadline() {
            return Duration.ofHours(1);
        }

        public Class<Steps> steps() {
            return Steps.class;
        }

        public Cancellation cancellation() {
            return Cancellation.NOTHING_TO_TAKE_BACK;
        }

        public Step<Steps> step(Steps name) {
            return Step.transaction("nothing", Duration.ofHours(1), CancelPoint.NOW, run -> switch (name) {
                case A -> {
                    FIRST_RUN.put(run.target(), System.nanoTime());
                    yield new StepResult.Advance<>(Steps.B);
                }
                case B -> new StepResult.Advance<>(Steps.C);
                case C -> new StepResult.Advance<>(Steps.D);
                case D -> new StepResult.Advance<>(Steps.E);
                case E -> new StepResult.Done<>();
            });
        }
    }

    /** A controller as any other. */
    record Replica(
            ConfigurableApplicationContext context,
            TransactionTemplate transactions,
            dev.yado.operation.Operations operations,
            JdbcTemplate jdbc) {
        static Replica start(String name, String... arguments) {
            List<String> all = new ArrayList<>(List.of(
                    "--yado.state=" + System.getProperty("bench.work") + "/state",
                    "--yado.operations.instance=" + name,
                    "--server.port=0",
                    "--yado.internal.port=0",
                    "--logging.file.name=" + System.getProperty("bench.work") + "/log",
                    "--logging.threshold.console=OFF"));
            all.addAll(List.of(arguments));
            ConfigurableApplicationContext context = new SpringApplicationBuilder(YadoController.class)
                    .initializers(fresh -> ((GenericApplicationContext) fresh).registerBean(EmptyFlow.class))
                    .run(all.toArray(String[]::new));
            return new Replica(
                    context,
                    context.getBean(TransactionTemplate.class),
                    context.getBean(dev.yado.operation.Operations.class),
                    context.getBean(JdbcTemplate.class));
        }

        OperationId begin(UUID target) {
            return transactions.execute(_ -> operations.begin("Empty", null, target, Map.of()));
        }

        boolean allEnded() {
            return jdbc.queryForList("SELECT 1 FROM operation WHERE ended_at IS NULL LIMIT 1").isEmpty();
        }
    }

    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000;
        Replica replica = Replica.start("bench");
        try {
            say("warming up");
            for (int i = 0; i < 4; i++) {
                round(replica, count);
            }
            List<Double> rates = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                rates.add(round(replica, count));
                say("%.0f operations/s".formatted(rates.getLast()));
            }
            String fsync = replica.jdbc().queryForObject("SHOW fsync", String.class);
            figure("operations of 5 steps, 16 clients, fsync " + fsync, median(rates), "op/s");
            figure("steps", median(rates) * STEPS, "step/s");
            latency("begun to ended, 16 clients that wait for each", waiting(replica, count / 2));
            latency("wake-up when idle, one replica", wakeUps(replica, replica, 500));
            // One process has one log; the first controller has set it up.
            System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
            HikariDataSource database = replica.context().getBean(HikariDataSource.class);
            Replica other = Replica.start(
                    "other",
                    "--yado.operations.in-flight=0",
                    "--spring.datasource.url=" + database.getJdbcUrl(),
                    "--spring.datasource.username=" + database.getUsername(),
                    "--spring.datasource.password=" + database.getPassword());
            try {
                latency("wake-up when idle, begun in another replica", wakeUps(other, replica, 500));
            } finally {
                other.context().close();
            }
        } finally {
            replica.context().close();
        }
    }

    /** @return operations a second, from the first begin until the last has ended */
    private static double round(Replica replica, int count) throws InterruptedException {
        long start = System.nanoTime();
        each(count, () -> replica.begin(UUID.randomUUID()));
        while (!replica.allEnded()) {
            Thread.sleep(2);
        }
        FIRST_RUN.clear();
        return count / ((System.nanoTime() - start) / 1e9);
    }

    /** Milliseconds from the call to the end, of clients that begin the next only then. */
    private static List<Double> waiting(Replica replica, int count) throws InterruptedException {
        List<Double> times = java.util.Collections.synchronizedList(new ArrayList<>());
        each(count, () -> {
            long start = System.nanoTime();
            replica.operations().await(replica.begin(UUID.randomUUID()), Duration.ofSeconds(30));
            times.add((System.nanoTime() - start) / 1e6);
        });
        return times;
    }

    /** Milliseconds from the commit in one replica until the first step runs in the other, while nothing else goes on. */
    private static List<Double> wakeUps(Replica from, Replica runner, int count) throws InterruptedException {
        List<Double> times = new ArrayList<>();
        for (int i = -20; i < count; i++) {
            UUID target = UUID.randomUUID();
            OperationId id = from.begin(target);
            long committed = System.nanoTime();
            if (runner.operations().await(id, Duration.ofSeconds(30)).orElseThrow().endedAt() == null) {
                throw new IllegalStateException("operation " + id + " did not end");
            }
            if (i >= 0) {
                times.add(Math.max(0, FIRST_RUN.get(target) - committed) / 1e6);
            }
            // Idle again: nothing of this operation is left to do.
            TimeUnit.MILLISECONDS.sleep(15);
        }
        return times;
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private static void each(int count, Work work) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(count);
        CountDownLatch done = new CountDownLatch(CLIENTS);
        for (int client = 0; client < CLIENTS; client++) {
            Thread.ofVirtual().start(() -> {
                try {
                    while (left.getAndDecrement() > 0) {
                        work.run();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
    }

    private static void latency(String name, List<Double> times) {
        figure(name + ", p50", quantile(times, 0.50), "ms");
        figure(name + ", p99", quantile(times, 0.99), "ms");
    }

    private static double median(List<Double> values) {
        return quantile(values, 0.5);
    }

    private static double quantile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.floor(sorted.size() * share)));
    }

    private static void figure(String name, double value, String unit) {
        System.out.printf(
                Locale.ROOT, "{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"%s\"}%n", name, value, unit);
    }

    private static void say(String text) {
        System.err.println(text);
    }
}
