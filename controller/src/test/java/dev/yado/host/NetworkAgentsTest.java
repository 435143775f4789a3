package dev.yado.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.ControllerTest;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.trust.TestingMachines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** What is asked of a host for its networks, on the wire, and what counts as its answer. */
@ControllerTest
@Timeout(60)
class NetworkAgentsTest {
    private static final String DONE = "{\"generation\":7}";

    @Autowired
    private NetworkAgents agents;

    @Autowired
    private HostReports reports;

    @Autowired
    private TestingMachines machines;

    @Autowired
    private JdbcTemplate jdbc;

    private final HostId host = HostId.random();
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    private HttpsServer server;
    private volatile int status = 200;
    private volatile String answer = DONE;

    private record Asked(String call, String body) {}

    @BeforeEach
    void open() throws IOException {
        server = TestingMachines.server(machines.host(host.value(), "h-" + host));
        server.createContext("/", this::serve);
        server.start();
        reports.accept(
                new HostReport(host, "h-" + host, TestingMachines.url(server), "boot", 1, 1, true, List.of(), facts()));
    }

    @AfterEach
    void close() {
        server.stop(0);
        jdbc.update("UPDATE host SET lease_until = now() WHERE id = ?", host.value());
    }

    private static HostFacts facts() {
        return new HostFacts(
                new HostCapacity(1, new Mebibytes(1024), new Mebibytes(1024), new Mebibytes(1024)),
                Architecture.X86_64,
                Accelerator.TCG,
                new SelfTestReport(SelfTestReport.Verdict.UNAVAILABLE, "no /dev/kvm", 0, Map.of()),
                "7.2.0",
                "test");
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked.add(new Asked(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private NetworkAgent agent() {
        return agents.networkOf(host);
    }

    private static HostNetwork network(NetworkId id) {
        return new HostNetwork(
                id,
                TenantId.random(),
                "net",
                7,
                new Segment.Overlay(42),
                1450,
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    private static HostRouter router(RouterId id) {
        return new HostRouter(id, TenantId.random(), "r", 7, List.of(), null, List.of(), List.of(), List.of());
    }

    @Test
    void asksForWholeNetworksAndRoutersByTheirIds() throws Exception {
        HostNetwork network = network(NetworkId.random());
        HostRouter router = router(RouterId.random());

        assertThat(agent().put(network)).isEqualTo(new NetworkAnswer(7, null));
        assertThat(agent().put(router)).isEqualTo(new NetworkAnswer(7, null));
        assertThat(agent().deleteRouter(router.id(), 8)).isEqualTo(new NetworkAnswer(7, null));
        assertThat(agent().deleteNetwork(network.id(), 9)).isEqualTo(new NetworkAnswer(7, null));

        Asked first = asked.take();
        assertThat(first.call()).isEqualTo("PUT /v1/networks/" + network.id());
        assertThat(ProtocolJson.mapper().readValue(first.body(), HostNetwork.class))
                .isEqualTo(network);
        Asked second = asked.take();
        assertThat(second.call()).isEqualTo("PUT /v1/routers/" + router.id());
        assertThat(ProtocolJson.mapper().readValue(second.body(), HostRouter.class))
                .isEqualTo(router);
        assertThat(asked.take()).isEqualTo(new Asked("DELETE /v1/routers/" + router.id() + "?generation=8", ""));
        assertThat(asked.take()).isEqualTo(new Asked("DELETE /v1/networks/" + network.id() + "?generation=9", ""));
    }

    @Test
    void bringsBackWhereAPacketIsStopped() throws Exception {
        answer =
                "{\"hops\":[{\"place\":\"security groups\",\"wanted\":\"DROP\",\"real\":\"PASS\",\"detail\":\"no rule\"}]}";
        PacketTrace.Question question = new PacketTrace.Question(
                NetworkId.random(),
                NicId.random(),
                SecurityRule.Direction.IN,
                Ip.parse("10.0.0.2"),
                Ip.parse("10.0.0.3"),
                SecurityRule.Protocol.TCP,
                22);

        PacketTrace.Answer traced = agent().trace(question);

        assertThat(traced.hops())
                .containsExactly(new PacketTrace.Hop(
                        "security groups", PacketTrace.Verdict.DROP, PacketTrace.Verdict.PASS, "no rule"));
        Asked call = asked.take();
        assertThat(call.call()).isEqualTo("POST /v1/networks/" + question.network() + "/trace");
        assertThat(ProtocolJson.mapper().readValue(call.body(), PacketTrace.Question.class))
                .isEqualTo(question);
    }

    @Test
    void tellsARefusalFromAHostOfWhichNothingIsKnown() {
        status = 409;
        answer = "{\"code\":\"STALE_GENERATION\",\"detail\":\"it holds generation 8\"}";
        assertThatThrownBy(() -> agent().put(network(NetworkId.random())))
                .isInstanceOf(HostAgent.HostRefusal.class)
                .hasMessage("it holds generation 8")
                .extracting(e -> ((YadoException) e).code())
                .isEqualTo(ErrorCode.STALE_GENERATION);

        status = 500;
        answer = "{\"code\":\"INTERNAL\",\"detail\":\"the kernel refused\"}";
        assertThatThrownBy(() -> agent().put(network(NetworkId.random())))
                .isInstanceOf(HostAgent.HostUnreachable.class)
                .hasMessageContaining("the kernel refused");

        status = 404;
        answer = "<html>";
        assertThatThrownBy(() -> agent().put(router(RouterId.random()))).isInstanceOf(HostAgent.HostUnreachable.class);

        server.stop(0);
        assertThatThrownBy(() -> agent().deleteRouter(RouterId.random(), 1))
                .isInstanceOf(HostAgent.HostUnreachable.class);
    }
}
