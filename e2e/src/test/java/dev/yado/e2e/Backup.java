package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A backup that a test has taken. */
record Backup(Api api, String id) {

    static Backup of(Vm vm) {
        return taken(vm, begin(vm));
    }

    static JsonNode begin(Vm vm) {
        return vm.begin("backups", Map.of());
    }

    /** Whatever had to be tried again on the way. */
    static Backup taken(Vm vm, JsonNode accepted) {
        JsonNode operation = vm.api().ended(accepted.get("id").asString(), Duration.ofMinutes(3));
        assertThat(operation.get("status").asString())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        Backup backup = new Backup(vm.api(), operation.get("targetId").asString());
        assertThat(backup.show().get("state").asString()).isEqualTo("AVAILABLE");
        return backup;
    }

    JsonNode show() {
        return api.get("/v1/backups/" + id);
    }

    long bytes(String field) {
        return show().get(field).asLong();
    }

    /** How what had changed was found, disk by disk. */
    List<String> foundBy() {
        return show().get("disks")
                .valueStream()
                .map(disk -> disk.get("changesFoundBy").asString())
                .toList();
    }

    /** @param mode full or instant */
    JsonNode beginRestore(String name, String mode) {
        return api.post("/v1/backups/" + id + "/restore", Map.of("name", name, "mode", mode));
    }

    Vm restore(String name, String mode) {
        JsonNode operation = api.succeeded(beginRestore(name, mode));
        return new Vm(api, operation.get("targetId").asString(), name);
    }

    void delete() {
        api.succeeded(api.delete("/v1/backups/" + id));
        assertThat(api.call("GET", "/v1/backups/" + id, null).status()).isEqualTo(404);
    }
}
