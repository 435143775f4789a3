package dev.yado.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import dev.yado.protocol.ProtocolJson;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

@ControllerTest
class AlertsTest {
    private static final AlertCode CODE = AlertCode.OPERATION_UNCLAIMED;

    @Autowired
    private Alerts alerts;

    @Autowired
    private ControllerClient client;

    private final Subject subject = new Subject("test", UUID.randomUUID().toString());

    private Optional<JsonNode> shown(String query) {
        return client.get("/v1/alerts?limit=1000" + query)
                .json()
                .path("items")
                .valueStream()
                .filter(alert -> alert.path("subjectId").asString().equals(subject.id()))
                .findFirst();
    }

    @Test
    void isShownOnceHoweverOftenItIsRaisedWithItsNewestDetail() {
        alerts.raise(CODE, subject, "due for 1 minute");
        String since = shown("").orElseThrow().path("since").asString();
        alerts.raise(CODE, subject, "due for 2 minutes");

        JsonNode alert = shown("").orElseThrow();
        assertThat(alert.path("detail").asString()).isEqualTo("due for 2 minutes");
        assertThat(alert.path("since").asString()).isEqualTo(since);
        assertThat(alert.path("severity").asString()).isEqualTo("CRITICAL");
        assertThat(alert.path("whatToDo").asString()).isEqualTo(CODE.whatToDo());
    }

    @Test
    void endsWhenItIsOverAndCanBeReadAfterwards() {
        alerts.raise(CODE, subject, "due");
        alerts.clear(CODE, subject);

        assertThat(shown("")).isEmpty();
        assertThat(shown("&ended=true").orElseThrow().path("endedAt").asString())
                .isNotEmpty();
    }

    @Test
    void aLookAtAllEndsWhatIsNoLongerFound() {
        Subject other = new Subject("test", "other-" + subject.id());
        alerts.holds(AlertCode.HOST_REFUSES_VM, Map.of(subject, "refused", other, "refused too"));
        alerts.holds(AlertCode.HOST_REFUSES_VM, Map.of(other, "refused still"));

        assertThat(shown("")).isEmpty();
        alerts.holds(AlertCode.HOST_REFUSES_VM, Map.of());
    }

    @Test
    void isForTheAdministratorOnly() {
        String name = "alerts-" + UUID.randomUUID();
        String tenant = client.post("/v1/tenants", ProtocolJson.mapper().writeValueAsString(Map.of("name", name)))
                .text("id");
        String token = client.post("/v1/tenants/" + tenant + "/tokens", "{\"name\":\"t\"}")
                .text("token");

        assertThat(client.withToken(token).get("/v1/alerts").code()).isEqualTo("FORBIDDEN");
    }
}
