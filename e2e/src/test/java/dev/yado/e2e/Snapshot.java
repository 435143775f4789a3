package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A snapshot that a test has taken. */
record Snapshot(Api api, String id) {

    static Snapshot of(Vm vm) {
        JsonNode operation = vm.done("snapshots", Map.of());
        Snapshot snapshot = new Snapshot(vm.api(), operation.get("targetId").asString());
        assertThat(snapshot.show().get("state").asString()).isEqualTo("AVAILABLE");
        return snapshot;
    }

    JsonNode show() {
        return api.get("/v1/snapshots/" + id);
    }

    Vm copied(String name) {
        JsonNode operation = api.succeeded(api.post("/v1/snapshots/" + id + "/clone", Map.of("name", name)));
        return new Vm(api, operation.get("targetId").asString(), name);
    }

    void revert() {
        api.succeeded(api.post("/v1/snapshots/" + id + "/revert", Map.of()));
    }

    void delete() {
        api.succeeded(api.delete("/v1/snapshots/" + id));
        assertThat(api.call("GET", "/v1/snapshots/" + id, null).status()).isEqualTo(404);
    }
}
