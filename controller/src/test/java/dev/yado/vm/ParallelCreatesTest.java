package dev.yado.vm;

import static dev.yado.flow.TestingCloud.vm;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two hundred callers at two controllers want the same at the same moment. */
@Timeout(120)
class ParallelCreatesTest {
    private static final int CALLERS = 200;
    private final TestingCloud cloud = new TestingCloud();
    private final List<ControllerReplica> controllers = List.of(cloud.replica(), cloud.replica());

    @AfterEach
    void close() {
        cloud.close();
    }

    /** How the calls ended: those that began an operation, and the codes of the others. */
    private record Outcome(List<OperationId> begun, Map<ErrorCode, Long> refused) {}

    private Outcome all(IntFunction<NewVm> wanted) throws Exception {
        List<OperationId> begun = new ArrayList<>();
        List<ErrorCode> refused = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<OperationId>> asked = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                Vms vms = controllers.get(i % controllers.size()).vms();
                NewVm vm = wanted.apply(i);
                asked.add(callers.submit(() -> vms.create(cloud.caller(), vm)));
            }
            for (Future<OperationId> each : asked) {
                try {
                    begun.add(each.get());
                } catch (ExecutionException failed) {
                    if (!(failed.getCause() instanceof YadoException coded)) {
                        throw failed;
                    }
                    refused.add(coded.code());
                }
            }
        }
        return new Outcome(begun, refused.stream().collect(Collectors.groupingBy(code -> code, Collectors.counting())));
    }

    private long count(String sql) {
        Long count = cloud.jdbc().queryForObject(sql, Long.class);
        return count == null ? -1 : count;
    }

    @Test
    void aNameGoesToOneOfThem() throws Exception {
        Outcome outcome = all(_ -> vm("same", 1, 64));

        assertThat(outcome.begun()).hasSize(1);
        assertThat(outcome.refused()).isEqualTo(Map.of(ErrorCode.NAME_TAKEN, CALLERS - 1L));
        assertThat(count("SELECT count(*) FROM vm")).isEqualTo(1);
        assertThat(count("SELECT count(*) FROM operation")).isEqualTo(1);
    }

    @Test
    void theLastOfAQuotaGoesToOneOfThem() throws Exception {
        cloud.jdbc().update("UPDATE tenant SET quota_vms = 1, quota_memory_mib = 10000");

        Outcome outcome = all(i -> vm("quota-" + i, 1, 64));

        assertThat(outcome.begun()).hasSize(1);
        assertThat(outcome.refused()).isEqualTo(Map.of(ErrorCode.QUOTA_EXCEEDED, CALLERS - 1L));
        assertThat(count("SELECT count(*) FROM vm")).isEqualTo(1);
    }

    @Test
    void aQuotaOfMemoryIsFilledAndNeverPassed() throws Exception {
        cloud.jdbc().update("UPDATE tenant SET quota_memory_mib = 1000");

        Outcome outcome = all(i -> vm("memory-" + i, 1, 64));

        assertThat(outcome.begun()).hasSize(15);
        assertThat(outcome.refused()).isEqualTo(Map.of(ErrorCode.QUOTA_EXCEEDED, CALLERS - 15L));
        assertThat(count("SELECT sum(memory_mib) FROM vm")).isEqualTo(960);
    }

    @Test
    void theLastRoomOfAHostGoesToOneOfThemAndTheOthersSayWhatTheyWaitFor() throws Exception {
        cloud.host(64, 512 + 256);
        await().atMost(10, SECONDS).until(() -> count("SELECT count(*) FROM host") == 1);

        Outcome outcome = all(i -> vm("room-" + i, 1, 256));

        assertThat(outcome.begun()).hasSize(CALLERS);
        await().atMost(60, SECONDS)
                .until(() -> count("SELECT count(*) FROM operation WHERE status = 'WAITING' AND placement IS NOT NULL")
                        == CALLERS - 1);
        assertThat(count("SELECT count(*) FROM allocation")).isEqualTo(1);
        List<OperationView> views = outcome.begun().stream()
                .map(id -> controllers.getFirst().operations().find(id).orElseThrow())
                .toList();
        assertThat(views.stream().filter(view -> view.status() == OperationStatus.WAITING))
                .hasSize(CALLERS - 1)
                .allSatisfy(view -> {
                    assertThat(view.waitReason()).startsWith("NO_HOST_FITS");
                    assertThat(view.placement())
                            .singleElement()
                            .satisfies(verdict -> assertThat(verdict.rule()).isEqualTo("memory"));
                });
    }
}
