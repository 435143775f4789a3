package dev.yado.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.yado.cli.wire.CannedHttp;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WaitingTest {
    private static final String PLACING = operation("WAITING", """
            {"name":"place","status":"WAITING","attempts":1},{"name":"start","status":"PENDING","attempts":0}""", """
            "waitReason":"no host fits","placement":[
            {"host":"host-1","fits":false,"rule":"memory","needed":"64 GiB","available":"8 GiB","detail":"too small"}],""");
    private static final String STARTING = operation("RUNNING", """
            {"name":"place","status":"SUCCEEDED","attempts":2,"startedAt":"2026-11-21T12:00:00Z","endedAt":"2026-11-21T12:00:01.5Z"},
            {"name":"start","status":"RUNNING","attempts":1}""", "");
    private static final String DONE = operation("SUCCEEDED", """
            {"name":"place","status":"SUCCEEDED","attempts":2,"startedAt":"2026-11-21T12:00:00Z","endedAt":"2026-11-21T12:00:01.5Z"},
            {"name":"start","status":"SUCCEEDED","attempts":1}""", "");
    private static final String FAILED = operation("FAILED", """
            {"name":"place","status":"FAILED","attempts":1}""", """
            "error":{"code":"VM_START_FAILED","detail":"QEMU ended: no memory"},""");

    private final TestScreen screen = new TestScreen(false);

    @Test
    void writesALinePerChangeAndTheVerdictsOfHosts() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, PLACING)
                .answer(200, PLACING)
                .answer(200, STARTING)
                .answer(200, STARTING)
                .answer(200, DONE)) {
            assertThat(waiting(http).untilEnd("op", Optional.empty()).document().text("status"))
                    .isEqualTo("SUCCEEDED");
        }
        assertThat(screen.messages()).isEqualTo("""
                          place          waits
                          waits: no host fits
                            HOST    FITS  RULE    NEEDED  AVAILABLE  DETAIL
                            host-1  no    memory  64 GiB  8 GiB      too small
                          place          done  1.5s  attempt 2
                          start          ...
                          start          done
                        """);
        assertThat(screen.answers()).isEmpty();
    }

    @Test
    void saysAReasonOnceWhenTheStepSaysItToo() throws Exception {
        String placing = PLACING.replace(
                "\"status\":\"WAITING\",\"attempts\"",
                "\"status\":\"WAITING\",\"detail\":\"no host fits\",\"attempts\"");
        try (CannedHttp http = new CannedHttp().answer(200, placing).answer(200, DONE)) {
            waiting(http).untilEnd("op", Optional.empty());
        }
        assertThat(screen.messages()).containsOnlyOnce("no host fits");
    }

    @Test
    void rewritesOneLineForThoseWhoWatch() throws Exception {
        TestScreen live = new TestScreen(true);
        try (CannedHttp http = new CannedHttp().answer(200, STARTING).answer(200, DONE)) {
            waiting(http, live).untilEnd("op", Optional.empty());
        }
        assertThat(live.messages())
                .contains("  place          done  1.5s  attempt 2\n\r\u001b[K  start          ...")
                .endsWith("\r\u001b[K  start          done\n");
    }

    @Test
    void failsWithTheCodeOfTheOperation() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(200, FAILED)) {
            var ended = waiting(http).untilEnd("op", Optional.empty()).document();
            Failure failure = catchThrowableOfType(Failure.class, () -> Waiting.requireSuccess(ended));
            assertThat(failure.exit()).isEqualTo(ExitCode.FAILED);
            assertThat(failure.code()).isEqualTo("VM_START_FAILED");
            assertThat(failure.detail()).isEqualTo("QEMU ended: no memory");
            assertThat(failure.whatToDo()).isEqualTo("Its steps: yado op show op");
        }
    }

    @Test
    void leavesAfterTheTimeOutAndSaysHowToComeBack() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(200, STARTING)) {
            Failure failure = catchThrowableOfType(
                    Failure.class, () -> waiting(http).untilEnd("op", Optional.of(Duration.ofMillis(200))));
            assertThat(failure.exit()).isEqualTo(ExitCode.TIMED_OUT);
            assertThat(failure.whatToDo()).isEqualTo("The operation goes on. To see it: yado op watch op");
        }
    }

    @Test
    void staysWhenTheControllerIsAwayForAWhile() throws Exception {
        CannedHttp before = new CannedHttp().answer(200, STARTING);
        int port = before.port();
        CompletableFuture<String> status;
        try (before) {
            Waiting waiting = waiting(before);
            status = CompletableFuture.supplyAsync(
                    () -> waiting.untilEnd("op", Optional.empty()).document().text("status"));
            org.awaitility.Awaitility.await().until(() -> !before.requests().isEmpty());
        }
        org.awaitility.Awaitility.await().until(() -> screen.messages().contains("the controller does not answer"));
        try (CannedHttp after = new CannedHttp(port).answer(200, DONE)) {
            assertThat(status.get(20, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("SUCCEEDED");
            assertThat(after.requests()).isNotEmpty();
        }
    }

    @Test
    void doesNotStayWithAnOperationThatIsNotThere() throws Exception {
        try (CannedHttp http =
                new CannedHttp().answer(404, "{\"code\":\"NOT_FOUND\",\"detail\":\"no such operation\"}")) {
            assertThatThrownBy(() -> waiting(http).untilEnd("op", Optional.empty()))
                    .hasMessage("no such operation");
        }
    }

    private Waiting waiting(CannedHttp http) {
        return waiting(http, screen);
    }

    private static Waiting waiting(CannedHttp http, TestScreen screen) {
        return new Waiting(new Session(
                new GlobalOptions(),
                Map.of("YADO_URL", http.url().toString(), "YADO_TOKEN", "secret", "HOME", "/nonexistent"),
                InputStream.nullInputStream(),
                screen.screen()));
    }

    private static String operation(String status, String steps, String more) {
        return "{\"id\":\"op\",\"kind\":\"CreateVm\",\"targetId\":\"vm\"," + more + "\"status\":\"" + status
                + "\",\"steps\":[" + steps + "]}";
    }
}
