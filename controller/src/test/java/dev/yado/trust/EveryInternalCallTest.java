package dev.yado.trust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import dev.yado.api.Caller;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.Machine.Role;
import dev.yado.protocol.trust.MachineTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Every call that machines make, with every certificate that must not do, over real TLS. New calls are tested by being there. */
@ControllerTest
class EveryInternalCallTest {
    private static final Duration DAY = Duration.ofDays(1);

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping mappings;

    @Autowired
    private CertificateAuthority ca;

    @Autowired
    private Machines machines;

    @Autowired
    private JdbcTemplate jdbc;

    @Autowired
    private TestingMachines testing;

    private final Machine host = new Machine(Role.HOST, UUID.randomUUID());
    private MachineTls good;

    @BeforeEach
    void register() {
        good = testing.registered(host, "every-call-" + host.id());
    }

    private record Call(String method, String path) {
        boolean ofHost() {
            return path.startsWith("/internal/v1/hosts/");
        }
    }

    @Test
    void isRefusedWithEachBadCertificateAndNotWithTheGoodOne() throws GeneralSecurityException {
        List<Call> calls = calls();
        assertThat(calls).hasSizeGreaterThanOrEqualTo(3);
        Map<String, SSLContext> bad = bad();
        for (Call call : calls) {
            assertThat(outcome(good.client(), call))
                    .as("%s with its own certificate", call)
                    .doesNotContain("refused");
            bad.forEach((name, tls) ->
                    assertThat(outcome(tls, call)).as("%s with %s", call, name).contains("refused"));
        }
    }

    @Test
    void ofAHostIsRefusedWithTheCertificateOfAnotherMachine() {
        SSLContext other = testing.registered(new Machine(Role.HOST, UUID.randomUUID()), "other-" + UUID.randomUUID())
                .client();
        SSLContext simulator = testing.registered(
                        new Machine(Role.SIMULATOR, UUID.randomUUID()), "simulator-" + UUID.randomUUID())
                .client();
        List<Call> ofHosts = calls().stream().filter(Call::ofHost).toList();
        assertThat(ofHosts).isNotEmpty();
        for (Call call : ofHosts) {
            assertThat(outcome(other, call)).as("%s with another host's", call).contains("refused", "may not speak");
            assertThat(outcome(simulator, call))
                    .as("%s with a simulator's", call)
                    .contains("refused", "may not speak");
        }
    }

    @Test
    void ofASimulatedHostIsForItsSimulatorAlone() {
        MachineTls simulator =
                testing.registered(new Machine(Role.SIMULATOR, UUID.randomUUID()), "simulator-" + UUID.randomUUID());
        MachineTls other =
                testing.registered(new Machine(Role.SIMULATOR, UUID.randomUUID()), "simulator-" + UUID.randomUUID());
        UUID simulated = UUID.randomUUID();
        jdbc.update(
                """
                INSERT INTO host (id, name, url, boot_id, incarnation, sequence, cpus, memory_mib, disk_mib, disk_free_mib,
                    architecture, accelerator, self_test, qemu_version, agent_version, last_report_at, lease_until, simulated,
                    simulator_id)
                VALUES (?, ?, '', 'b', 1, 1, 1, 1, 1, 1, 'X86_64', 'TCG', '{}', '', '', now(), now(), true, ?)
                """,
                simulated,
                "simulated-" + simulated,
                simulator.identity().machine().id());
        Call report = new Call("POST", "/internal/v1/hosts/" + simulated + "/reports");

        assertThat(outcome(simulator.client(), report)).doesNotContain("refused");
        assertThat(outcome(other.client(), report)).contains("refused", "may not speak");
        assertThat(outcome(good.client(), report)).contains("refused", "may not speak");
        jdbc.update("DELETE FROM host WHERE id = ?", simulated);
    }

    @Test
    void isRefusedAtOnceWhenTheCertificateIsRevokedOverAnOpenConnection() {
        HttpClient client = TestingMachines.client(good.client());
        Call renew = new Call("POST", "/internal/v1/renew");
        assertThat(outcome(client, renew)).isEqualTo("400");

        machines.revoke(new Caller.Administrator(null), host.id());

        assertThat(outcome(client, renew)).contains("refused", "revoked");
    }

    private Identity identity(KeyPair keys, X509Certificate certificate) {
        return new Identity(keys.getPrivate(), certificate, ca.certificate());
    }

    private Map<String, SSLContext> bad() throws GeneralSecurityException {
        Map<String, SSLContext> bad = new LinkedHashMap<>();
        bad.put("no certificate", context(new KeyManager[0]));
        bad.put("one of a wrong CA", showing(CertificateAuthority.make().identity(host, "foreign", DAY)));
        KeyPair keys = CertificateAuthority.freshKeys();
        Instant now = Instant.now();
        bad.put(
                "an expired one",
                showing(identity(keys, ca.issue(keys.getPublic(), host, "late", now.minus(DAY), now.minusSeconds(1)))));
        bad.put(
                "one that is not valid yet",
                showing(identity(
                        keys,
                        ca.issue(keys.getPublic(), host, "early", now.plus(DAY), now.plus(DAY.multipliedBy(2))))));
        bad.put(
                "a controller's",
                showing(ca.identity(new Machine(Role.CONTROLLER, UUID.randomUUID()), "controller", DAY)));
        MachineTls revoked =
                testing.registered(new Machine(Role.HOST, UUID.randomUUID()), "revoked-" + UUID.randomUUID());
        machines.revoke(
                new Caller.Administrator(null), revoked.identity().machine().id());
        bad.put("a revoked one", revoked.client());
        return bad;
    }

    /** Trusts everybody, so that what is refused is refused by the other side. */
    private static SSLContext showing(Identity identity) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            X509Certificate[] chain = {identity.certificate(), identity.ca()};
            store.setKeyEntry("own", identity.key(), new char[0], chain);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
            keys.init(store, new char[0]);
            return context(keys.getKeyManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyManager[] keys) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance(MachineTls.PROTOCOL);
        context.init(keys, new TrustManager[] {new TrustAll()}, null);
        return context;
    }

    private List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        mappings.getHandlerMethods()
                .keySet()
                .forEach(mapping -> mapping.getPatternValues().stream()
                        .filter(path -> path.startsWith(PortRules.INTERNAL) && !path.equals(MachineCalls.JOIN))
                        .forEach(path -> mapping.getMethodsCondition()
                                .getMethods()
                                .forEach(method -> calls.add(new Call(
                                        method.name(),
                                        path.replace("{hostId}", host.id().toString())
                                                .replaceAll(
                                                        "\\{[^}]*}",
                                                        UUID.randomUUID().toString()))))));
        return calls;
    }

    private String outcome(SSLContext tls, Call call) {
        try (HttpClient client = TestingMachines.client(tls)) {
            return outcome(client, call);
        }
    }

    /** The status, and "refused" where the certificate was the reason. */
    private String outcome(HttpClient client, Call call) {
        URI target = testing.controller(call.path());
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .header("Content-Type", "application/json")
                .method(
                        call.method(),
                        HttpRequest.BodyPublishers.ofString(call.method().equals("GET") ? "" : "{}"));
        try {
            ControllerClient.Answer answer = ControllerClient.send(client, request);
            return answer.status() == 403 && answer.code().equals("CERTIFICATE_REFUSED")
                    ? "refused: " + answer.detail()
                    : Integer.toString(answer.status());
        } catch (UncheckedIOException noConnection) {
            return "refused by TLS: " + noConnection.getCause();
        }
    }
}
