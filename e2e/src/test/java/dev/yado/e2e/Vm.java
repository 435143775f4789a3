package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A VM of a test, and what its guest says. */
record Vm(Api api, String id, String name) {
    private static final Duration BOOT = Duration.ofMinutes(2);
    private static final Pattern BEACON = Pattern.compile("beacon (\\d+) ");

    /** What to ask for, beyond 1 vCPU and 128 MiB. */
    static Map<String, Object> request(String name) {
        Map<String, Object> request = new HashMap<>();
        request.put("name", name);
        request.put("vcpus", 1);
        request.put("memoryMiB", 192);
        return request;
    }

    static Vm create(Api api, Map<String, Object> request) {
        JsonNode operation = api.succeeded(api.post("/v1/vms", request));
        return new Vm(api, operation.get("targetId").asString(), String.valueOf(request.get("name")));
    }

    /** A guest that boots its kernel directly and has spoken. */
    static Vm directBoot(Api api, String name) {
        Map<String, Object> request = request(name);
        request.put("boot", Images.shared().directBoot());
        Vm vm = create(api, request);
        vm.awaitWords("yado-guest: ready");
        return vm;
    }

    JsonNode show() {
        return api.get("/v1/vms/" + id);
    }

    String state() {
        return show().get("state").asString();
    }

    String reason() {
        return show().path("stateReason").asString("");
    }

    void awaitState(String state) {
        await(name + " to be " + state)
                .atMost(BOOT)
                .untilAsserted(() -> assertThat(show().toPrettyString()).contains("\"state\" : \"" + state + "\""));
    }

    JsonNode begin(String verb, Object body) {
        return api.post("/v1/vms/" + id + "/" + verb, body);
    }

    JsonNode done(String verb, Object body) {
        return api.succeeded(begin(verb, body));
    }

    void delete() {
        api.succeeded(api.delete("/v1/vms/" + id));
    }

    String words() {
        return api.text("/v1/vms/" + id + "/serial");
    }

    void awaitWords(String words) {
        await(name + " to say " + words)
                .atMost(BOOT)
                .untilAsserted(() -> assertThat(words()).contains(words));
    }

    /** How often the guest has said so in what is kept of its console. */
    void awaitWordsTimes(String words, int times) {
        await(name + " to say " + times + " times " + words)
                .atMost(BOOT)
                .untilAsserted(() ->
                        assertThat(words().split(Pattern.quote(words), -1)).hasSizeGreaterThan(times));
    }

    /** The counters that the guest has sent on its second port, oldest first. */
    List<Long> beacons() {
        List<Long> counters = new ArrayList<>();
        Matcher matcher = BEACON.matcher(api.text("/v1/vms/" + id + "/serial?port=1"));
        while (matcher.find()) {
            counters.add(Long.parseLong(matcher.group(1)));
        }
        return counters;
    }

    long lastBeacon() {
        List<Long> counters = beacons();
        return counters.isEmpty() ? -1 : counters.getLast();
    }

    void awaitBeaconBeyond(long counter) {
        await(name + "'s beacon to pass " + counter)
                .atMost(BOOT)
                .untilAsserted(() -> assertThat(lastBeacon()).isGreaterThan(counter));
    }
}
