package dev.yado.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;

/** What is wrong with a request, and which answer says so. */
@ControllerTest
class BadInputTest {
    private static final String ID = "0193b0a0-0000-7000-8000-000000000000";
    private static final String JSON = "application/json";

    @Autowired
    private ControllerClient administrator;

    static Stream<Arguments> bodies() {
        return Stream.of(
                body(
                        "unknown field",
                        "{\"name\":\"a\",\"colour\":\"red\"}",
                        "UNKNOWN_FIELD",
                        "colour",
                        "known are name"),
                body("no JSON", "name=a", "INVALID_REQUEST", "line 1, column"),
                body("cut JSON", "{\"name\":\"a\"", "INVALID_REQUEST", "line 1"),
                body("no body", "", "INVALID_REQUEST", "body is missing"),
                body("null", "null", "INVALID_REQUEST", "body is missing"),
                body("an array", "[]", "INVALID_REQUEST", "one JSON object"),
                body("a string", "\"a\"", "INVALID_REQUEST", "one JSON object"),
                body("two values", "{\"name\":\"a\"} {}", "INVALID_REQUEST", "nothing after it"),
                body("the same field twice", "{\"name\":\"a\",\"name\":\"b\"}", "INVALID_REQUEST", "name", "line 1"),
                body("a number for a string", "{\"name\":7}", "INVALID_REQUEST", "name", "a string"),
                body("true for a string", "{\"name\":true}", "INVALID_REQUEST", "name", "a string"),
                body("an object for a string", "{\"name\":{}}", "INVALID_REQUEST", "name", "a string"),
                body("an array for a string", "{\"name\":[\"a\"]}", "INVALID_REQUEST", "name", "a string"),
                body("a required field left out", "{}", "INVALID_REQUEST", "name is required"),
                body("null for a required field", "{\"name\":null}", "INVALID_REQUEST", "name is required"),
                body("a path in a name", "{\"name\":\"../../etc\"}", "INVALID_REQUEST", "name", "letters, digits"),
                body("an empty name", "{\"name\":\"\"}", "INVALID_REQUEST", "name", "letters, digits"),
                body("a long name", "{\"name\":\"" + "x".repeat(64) + "\"}", "INVALID_REQUEST", "name", "1 to 63"),
                body("a line feed after a name", "{\"name\":\"a\\n\"}", "INVALID_REQUEST", "name", "letters, digits"),
                body("the character zero", "{\"name\":\"a\\u0000\"}", "INVALID_REQUEST", "name"),
                body("deep nesting", "{\"name\":" + "[".repeat(5000), "INVALID_REQUEST", "name"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void aBadBodyIsRefusedByItsReason(String what, String body, String code, String[] named) {
        Answer answer = administrator.post("/v1/tenants", body);

        assertRefused(answer, 400, code, named);
    }

    static Stream<Arguments> images() {
        String fields = "{\"name\":\"a\",\"format\":\"raw\"";
        return Stream.of(
                body(
                        "an unknown word",
                        "{\"name\":\"a\",\"format\":\"vmdk\"}",
                        "INVALID_REQUEST",
                        "format",
                        "one of raw, qcow2"),
                body(
                        "a number for a word",
                        "{\"name\":\"a\",\"format\":1}",
                        "INVALID_REQUEST",
                        "format",
                        "one of raw, qcow2"),
                body(
                        "an empty word",
                        "{\"name\":\"a\",\"format\":\"\"}",
                        "INVALID_REQUEST",
                        "format",
                        "one of raw, qcow2"),
                body("a bad digest", fields + ",\"sha256\":\"zz\"}", "INVALID_REQUEST", "sha256"),
                body("no address", fields + ",\"sourceUrl\":\"http://[\"}", "INVALID_REQUEST", "sourceUrl", "address"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("images")
    void aBadImageIsRefusedByItsReason(String what, String body, String code, String[] named) {
        Answer answer = administrator.post("/v1/images", body);

        assertRefused(answer, 400, code, named);
    }

    static Stream<Arguments> vms() {
        String fields = "{\"name\":\"a\",\"vcpus\":1,\"memoryMiB\":64";
        return Stream.of(
                body(
                        "a fraction",
                        "{\"name\":\"a\",\"vcpus\":1.5,\"memoryMiB\":64}",
                        "INVALID_REQUEST",
                        "vcpus",
                        "a whole number"),
                body(
                        "a whole fraction",
                        "{\"name\":\"a\",\"vcpus\":1.0,\"memoryMiB\":64}",
                        "INVALID_REQUEST",
                        "vcpus",
                        "a whole number"),
                body(
                        "a number as text",
                        "{\"name\":\"a\",\"vcpus\":\"1\",\"memoryMiB\":64}",
                        "INVALID_REQUEST",
                        "vcpus",
                        "a whole number"),
                body(
                        "no processor",
                        "{\"name\":\"a\",\"vcpus\":0,\"memoryMiB\":64}",
                        "INVALID_REQUEST",
                        "vcpus",
                        "greater than or equal to 1"),
                body(
                        "absurd size",
                        "{\"name\":\"a\",\"vcpus\":1,\"memoryMiB\":99999999999}",
                        "INVALID_REQUEST",
                        "memoryMiB",
                        "33554432"),
                body(
                        "out of range",
                        "{\"name\":\"a\",\"vcpus\":99999999999,\"memoryMiB\":64}",
                        "INVALID_REQUEST",
                        "vcpus",
                        "whole number"),
                body(
                        "beyond all ranges",
                        "{\"name\":\"a\",\"vcpus\":1,\"memoryMiB\":1e400}",
                        "INVALID_REQUEST",
                        "memoryMiB",
                        "whole number"),
                body("negative", "{\"name\":\"a\",\"vcpus\":1,\"memoryMiB\":-1}", "INVALID_REQUEST", "memoryMiB"),
                body("a number for a truth", fields + ",\"start\":1}", "INVALID_REQUEST", "start", "true or false"),
                body("text for a truth", fields + ",\"start\":\"true\"}", "INVALID_REQUEST", "start", "true or false"),
                body("an object for an array", fields + ",\"disks\":{}}", "INVALID_REQUEST", "disks", "an array"),
                body("null in an array", fields + ",\"disks\":[null]}", "INVALID_REQUEST", "disks"),
                body(
                        "bad UUID inside",
                        fields + ",\"disks\":[{\"imageId\":\"x\"}]}",
                        "INVALID_REQUEST",
                        "disks[0].imageId",
                        "a UUID"),
                body(
                        "unknown inside",
                        fields + ",\"disks\":[{},{\"size\":1}]}",
                        "UNKNOWN_FIELD",
                        "disks[1].size",
                        "imageId, pool, sizeGiB"),
                body(
                        "too small inside",
                        fields + ",\"disks\":[{\"sizeGiB\":0}]}",
                        "INVALID_REQUEST",
                        "disks[0].sizeGiB"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vms")
    void aBadVmIsRefusedByItsReason(String what, String body, String code, String[] named) {
        Answer answer = administrator.post("/v1/vms", body);

        assertRefused(answer, 400, code, named);
    }

    static Stream<Arguments> calls() {
        return Stream.of(
                call("GET", "/v1/tenants?limit=0", 400, "INVALID_REQUEST", "limit"),
                call("GET", "/v1/tenants?limit=1001", 400, "INVALID_REQUEST", "limit", "1000"),
                call("GET", "/v1/tenants?limit=many", 400, "INVALID_REQUEST", "limit", "a whole number"),
                call("GET", "/v1/tenants?limit=1&limit=2", 400, "INVALID_REQUEST", "limit", "more than once"),
                call("GET", "/v1/tenants?cursor=nonsense", 400, "INVALID_CURSOR", "nextCursor"),
                call("GET", "/v1/tenants?cursor=" + "A".repeat(300), 400, "INVALID_REQUEST", "cursor"),
                call("GET", "/v1/tenants?limt=5", 400, "UNKNOWN_FIELD", "limt", "cursor, limit"),
                call("GET", "/v1/tenants/not-an-id", 404, "NOT_FOUND", "a UUID"),
                call("GET", "/v1/tenants/" + ID, 404, "NOT_FOUND", ID),
                call("GET", "/v1/tenants/" + ID + "/", 404, "NOT_FOUND", "/v1/tenants"),
                call("GET", "/v1/tenants/..%2f..%2fetc", 400, "INVALID_REQUEST", "not a valid HTTP request"),
                call("GET", "/v1//tenants", 400, "INVALID_REQUEST", "address"),
                call("GET", "/v1/tenants;a=b", 400, "INVALID_REQUEST", "address"),
                call("GET", "/error", 404, "NOT_FOUND", "/error"),
                call("GET", "/v2/tenants", 404, "NOT_FOUND", "/v2/tenants"),
                call("GET", "/actuator/env", 404, "NOT_FOUND", "/actuator/env"),
                call("PUT", "/v1/tenants", 405, "METHOD_NOT_ALLOWED", "GET, POST"),
                call("BREW", "/v1/tenants", 400, "INVALID_REQUEST", ""));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("calls")
    void aBadCallIsRefusedByItsReason(String method, String path, int status, String code, String[] named) {
        Answer answer = administrator.send(administrator.request(path).method(method, BodyPublishers.noBody()));

        assertRefused(answer, status, code, named);
    }

    @org.junit.jupiter.api.Test
    void aWrongMethodIsToldTheRightOnes() {
        Answer answer = administrator.send(administrator.request("/v1/tenants").PUT(BodyPublishers.noBody()));

        assertThat(answer.header("Allow").split(", ?")).containsExactlyInAnyOrder("GET", "POST");
    }

    static Stream<Arguments> types() {
        return Stream.of(
                Arguments.of("text/plain", "{\"name\":\"a\"}"),
                Arguments.of("application/x-www-form-urlencoded", "name=a"),
                Arguments.of("multipart/form-data; boundary=x", "--x--"),
                Arguments.of("application/octet-stream", "{\"name\":\"a\"}"));
    }

    @ParameterizedTest
    @MethodSource("types")
    void aBodyOfAnotherTypeIsRefused(String type, String body) {
        Answer answer = administrator.send(administrator
                .request("/v1/tenants")
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body)));

        assertRefused(answer, 415, "UNSUPPORTED_MEDIA_TYPE", JSON);
        assertThat(answer.header("Accept")).contains(JSON);
    }

    @org.junit.jupiter.api.Test
    void aCallerThatTakesNoJsonIsRefused() {
        Answer answer = administrator.send(administrator.request("/v1/tenants").header("Accept", "image/png"));

        assertRefused(answer, 406, "NOT_ACCEPTABLE", "Accept");
    }

    private static void assertRefused(Answer answer, int status, String code, String... named) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.code()).as(answer.toString()).isEqualTo(code);
        assertThat(answer.detail()).contains(named);
        assertThat(answer.text("whatToDo")).isNotEmpty();
        assertThat(answer.toString()).doesNotContain("Exception", "dev.yado", "jackson", "org.", "java.", "Feature");
    }

    private static Arguments body(String what, String body, String code, String... named) {
        return Arguments.of(what, body, code, named);
    }

    private static Arguments call(String method, String path, int status, String code, String... named) {
        return Arguments.of(method, path, status, code, named);
    }
}
