package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.Machine.Role;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every call that commands a host, with every certificate that must not do, over real TLS. */
class EveryHostCallTest {
    private static final VmId VM = VmId.random();
    private static final MigrationId MIGRATION = MigrationId.random();
    /** Method, path and what a controller is answered, for each route of the daemon. */
    private static final List<Call> CALLS = List.of(
            new Call("PUT", "/v1/vms/" + VM, 400),
            new Call("DELETE", "/v1/vms/" + VM, 400),
            new Call("GET", "/v1/vms", 200),
            new Call("GET", "/v1/vms/" + VM, 404),
            new Call("GET", "/v1/vms/" + VM + "/serial", 404),
            new Call("GET", "/v1/vms/" + VM + "/console", 404),
            new Call("POST", "/v1/vms/" + VM + "/console", 404),
            new Call("DELETE", "/v1/vms/" + VM + "?moved=" + MIGRATION, 400),
            new Call("PUT", "/v1/vms/" + VM + "/arrival", 400),
            new Call("GET", "/v1/vms/" + VM + "/arrival?migration=" + MIGRATION, 200),
            new Call("POST", "/v1/vms/" + VM + "/arrival/go?migration=" + MIGRATION, 404),
            new Call("POST", "/v1/vms/" + VM + "/arrival/flows?migration=" + MIGRATION, 400),
            new Call("DELETE", "/v1/vms/" + VM + "/arrival", 400),
            new Call("PUT", "/v1/vms/" + VM + "/departure", 400),
            new Call("GET", "/v1/vms/" + VM + "/departure?migration=" + MIGRATION, 404),
            new Call("DELETE", "/v1/vms/" + VM + "/departure?migration=" + MIGRATION, 404),
            new Call("PUT", "/v1/vms/" + VM + "/departure/layers", 400),
            new Call("GET", "/v1/vms/" + VM + "/departure/layers/disk.qcow2?migration=" + MIGRATION, 400),
            new Call("POST", "/v1/vms/" + VM + "/forecast", 400),
            new Call("GET", "/v1/repositories/none/backups/" + BackupId.random() + "/files", 503),
            new Call("GET", "/v1/repositories/none/backups/" + BackupId.random() + "/files/content?path=0/a", 503),
            new Call("GET", "/v1/report", 200),
            new Call("GET", "/v1/selftest", 200),
            new Call("GET", "/v1/health", 200),
            new Call("GET", "/no/such/call", 404));

    private static TestingHost host;

    private record Call(String method, String path, int status) {}

    @BeforeAll
    static void startHost() throws IOException {
        host = TestingHost.start();
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void isAnsweredToAController() throws IOException {
        HttpClient controller = TestingHost.client(host.controller().tls().client());
        for (Call call : CALLS) {
            assertThat(send(controller, call)).as("%s", call).isEqualTo(call.status());
        }
    }

    @Test
    void isRefusedWithEachBadCertificate() throws IOException {
        for (Map.Entry<String, SSLContext> bad : bad().entrySet()) {
            for (Call call : CALLS) {
                try (HttpClient client = TestingHost.client(bad.getValue())) {
                    assertThatThrownBy(() -> send(client, call))
                            .as("%s with %s", call, bad.getKey())
                            .isInstanceOf(IOException.class);
                }
            }
        }
        try (HttpClient good =
                TestingHost.client(TestingCa.showing(host.controller().ca().controller()))) {
            assertThat(send(good, CALLS.getLast()))
                    .as("the same way with a good one")
                    .isEqualTo(404);
        }
        // All were refused for what they showed, and not because nobody listens.
        isAnsweredToAController();
    }

    /** A host hears others, of guests that come from them; here none does. */
    @Test
    void isRefusedToEveryHost() throws IOException {
        Map<String, SSLContext> hosts = Map.of(
                "another host's",
                TestingCa.showing(host.controller().ca().host(HostId.random().value(), "another")),
                "its own",
                TestingCa.showing(IdentityFile.in(host.state()).read().orElseThrow()));
        for (Map.Entry<String, SSLContext> each : hosts.entrySet()) {
            for (Call call : CALLS) {
                try (HttpClient client = TestingHost.client(each.getValue())) {
                    assertThat(send(client, call))
                            .as("%s with %s", call, each.getKey())
                            .isEqualTo(403);
                }
            }
        }
    }

    private static Map<String, SSLContext> bad() throws IOException {
        TestingCa ca = host.controller().ca();
        Machine controller = new Machine(Role.CONTROLLER, UUID.randomUUID());
        Instant tomorrow = Instant.now().plusSeconds(86_400);
        Map<String, SSLContext> bad = new LinkedHashMap<>();
        bad.put("no certificate", TestingCa.context(new KeyManager[0]));
        bad.put("a controller's of a wrong CA", TestingCa.showing(new TestingCa().controller()));
        bad.put(
                "an expired controller's",
                TestingCa.showing(ca.identity(controller, "late", Instant.now().minusSeconds(1))));
        bad.put(
                "a simulator's",
                TestingCa.showing(ca.identity(new Machine(Role.SIMULATOR, UUID.randomUUID()), "sim", tomorrow)));
        return bad;
    }

    private static int send(HttpClient client, Call call) throws IOException {
        CallFence fence = new CallFence(OperationId.random(), "test", 1);
        return host.send(client, call.method(), call.path(), new byte[0], fence).statusCode();
    }
}
