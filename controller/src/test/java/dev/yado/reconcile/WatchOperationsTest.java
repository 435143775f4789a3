package dev.yado.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import dev.yado.protocol.OperationId;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

@ControllerTest
class WatchOperationsTest {
    @Autowired
    private WatchOperations watch;

    @Autowired
    private JdbcTemplate jdbc;

    @Autowired
    private ControllerClient client;

    private final OperationId id = OperationId.random();

    /** Held by a runner that is far from the end of its lease, so that no controller of other tests touches it. */
    private void operation(String kind, String since) {
        jdbc.update("""
                INSERT INTO operation (id, kind, definition_version, target_id, status, input, step, step_started_at, step_deadline_at,
                    deadline_at, lease_owner, wake_at)
                VALUES (?, ?, 1, gen_random_uuid(), 'RUNNING', '{}', 'SEND', now(), now() + interval '1 hour', now() + interval '1 day',
                    'nobody', now() + interval '1 hour')
                """, id.value(), kind);
        jdbc.update("UPDATE operation SET " + since + " WHERE id = ?", id.value());
    }

    @AfterEach
    void remove() {
        jdbc.update("DELETE FROM operation WHERE id = ?", id.value());
        watch.scan();
        assertThat(alert()).as("ends by itself").isEmpty();
    }

    private Optional<JsonNode> alert() {
        return client.get("/v1/alerts?limit=1000")
                .json()
                .path("items")
                .valueStream()
                .filter(alert -> alert.path("subjectId").asString().equals(id.toString()))
                .findFirst();
    }

    private void assertAlert(String code, String words) {
        watch.scan();
        JsonNode alert = alert().orElseThrow();
        assertThat(alert.path("code").asString()).isEqualTo(code);
        assertThat(alert.path("detail").asString()).contains(words);
    }

    @Test
    void tellsOfOneThatIsPastItsDeadline() {
        operation("StopVm", "step_deadline_at = now() - interval '5 minutes'");
        assertAlert("OPERATION_PAST_DEADLINE", "StopVm is at step send");
    }

    @Test
    void tellsOfOneThatWaitsLongAndForWhat() {
        operation(
                "StopVm",
                "status = 'WAITING', waiting_since = now() - interval '1 hour', wait_reason = 'the host is silent'");
        assertAlert("OPERATION_WAITS_LONG", "the host is silent");
    }

    @Test
    void tellsOfAVersionThatNobodyKnows() {
        operation("StopVm", "definition_version = 77");
        assertAlert("OPERATION_VERSION_UNKNOWN", "StopVm version 77");
    }

    @Test
    void saysNothingOfOneThatGoesOn() {
        operation("StopVm", "status = 'WAITING', waiting_since = now(), wait_reason = 'a moment'");
        watch.scan();
        assertThat(alert()).isEmpty();
    }
}
