package dev.yado.hook;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.yado.api.Caller;
import dev.yado.api.PageRequest;
import dev.yado.backup.ScheduleId;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody who wants to be told what becomes of backups, at a real address. */
@Timeout(120)
class HookTest {
    private static final String SECRET = "known to two, and to nobody else";

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();
    private final Hooks hooks = controller.part(Hooks.class);
    private final ScheduleId schedule = new ScheduleId(UuidV7.next());
    private final List<Told> told = new CopyOnWriteArrayList<>();
    /** What is answered to the first calls; then 204. */
    private final ConcurrentLinkedDeque<Integer> answers = new ConcurrentLinkedDeque<>();

    private final HttpServer receiver = receiver();

    private record Told(Map<String, List<String>> headers, String body, String path) {
        String header(String name) {
            return Objects.requireNonNull(headers.get(name), name).getFirst();
        }
    }

    private HttpServer receiver() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", this::answer);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(HttpExchange call) throws IOException {
        told.add(new Told(
                Map.copyOf(call.getRequestHeaders()),
                new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                call.getRequestURI().getPath()));
        Integer status = answers.poll();
        call.getResponseHeaders().add("Location", "/elsewhere");
        call.sendResponseHeaders(status == null ? 204 : status, -1);
        call.close();
    }

    @BeforeEach
    void aSchedule() {
        cloud.jdbc().update("""
                        INSERT INTO backup_schedule (id, tenant_id, name, select_all, select_vms, select_labels, cron, time_zone,
                            window_minutes, freeze_ms, paused)
                        VALUES (?, ?, 'nightly', true, '{}', '{}', '@daily', 'UTC', 0, 0, true)
                        """, schedule.value(), cloud.tenant().value());
    }

    @AfterEach
    void close() {
        receiver.stop(0);
        cloud.close();
    }

    private String address(String host) {
        return "http://" + host + ":" + receiver.getAddress().getPort() + "/backups";
    }

    private UUID aBackupFails() {
        UUID id = UuidV7.next();
        cloud.jdbc().update("""
                        INSERT INTO backup (id, tenant_id, vm_id, vm_name, operation_id, repository, marker, state, job_id, vm, freeze_ms,
                            schedule_id)
                        VALUES (?, ?, gen_random_uuid(), 'db1', gen_random_uuid(), 'backups', gen_random_uuid(), 'TAKING',
                            gen_random_uuid(), '{}', 0, ?)
                        """, id, cloud.tenant().value(), schedule.value());
        cloud.jdbc()
                .update(
                        "UPDATE backup SET state = 'FAILED', reason = 'the disk is full', ended_at = now() WHERE id = ?",
                        id);
        return id;
    }

    private Hook.Call call() {
        return hooks.calls(cloud.caller(), schedule, PageRequest.of("calls", null, null))
                .items()
                .getFirst();
    }

    private void awaitState(Hook.CallState state) {
        await("the call to be " + state).atMost(30, SECONDS).until(() -> call().state() == state);
    }

    @Test
    void aResultIsToldOnceAndSigned() throws Exception {
        hooks.put(cloud.caller(), schedule, address("127.0.0.1"), SECRET);
        UUID backup = aBackupFails();

        awaitState(Hook.CallState.DELIVERED);

        Told only = told.getFirst();
        assertThat(told).hasSize(1);
        assertThat(only.body())
                .contains("backup.failed")
                .contains(backup.toString())
                .contains("the disk is full")
                .contains("nightly");
        assertThat(only.header("Yado-delivery")).isEqualTo(call().id().toString());
        String signature = only.header("Yado-signature");
        String time = signature.replaceFirst("t=(\\d+),v1=.*", "$1");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        assertThat(signature)
                .endsWith(",v1="
                        + HexFormat.of()
                                .formatHex(mac.doFinal((time + "." + only.body()).getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void whoDoesNotTakeItIsToldAgain() {
        answers.addAll(List.of(500, 503));
        hooks.put(cloud.caller(), schedule, address("127.0.0.1"), SECRET);
        aBackupFails();

        awaitState(Hook.CallState.DELIVERED);

        assertThat(call().attempts()).isEqualTo(3);
        assertThat(told)
                .extracting(each -> each.header("Yado-delivery"))
                .containsOnly(call().id().toString());
    }

    @Test
    void noCallGoesWhereThePublicInternetIsNot() {
        hooks.put(cloud.caller(), schedule, address("127.0.0.2"), SECRET);
        aBackupFails();

        await("it to be refused")
                .atMost(30, SECONDS)
                .until(() -> String.valueOf(call().trouble()).contains("not in the public internet"));
        assertThat(told).isEmpty();
    }

    @Test
    void noRedirectIsFollowed() {
        answers.add(302);
        hooks.put(cloud.caller(), schedule, address("127.0.0.1"), SECRET);
        aBackupFails();

        awaitState(Hook.CallState.DELIVERED);

        assertThat(told).extracting(Told::path).containsOnly("/backups");
        assertThat(call().trouble()).contains("302");
    }

    @Test
    void theSecretIsInNoRow() {
        hooks.put(cloud.caller(), schedule, address("127.0.0.1"), SECRET);

        assertThat(cloud.jdbc().queryForObject("SELECT backup_hook::text FROM backup_hook", String.class))
                .doesNotContain(SECRET)
                .doesNotContain(HexFormat.of().formatHex(SECRET.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void anotherTenantsScheduleHasNoHookThatItCouldSeeOrSet() {
        hooks.put(cloud.caller(), schedule, address("127.0.0.1"), SECRET);
        Caller other = new Caller.Tenant(TenantId.random());

        assertThatThrownBy(() -> hooks.get(other, schedule))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> hooks.put(other, schedule, address("127.0.0.1"), SECRET))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> hooks.delete(other, schedule))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }
}
