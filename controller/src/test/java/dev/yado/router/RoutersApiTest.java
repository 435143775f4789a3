package dev.yado.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** Provider networks, routers, floating IPs and traces over HTTP; and all that is refused. No host is there. */
@ControllerTest
@Timeout(120)
class RoutersApiTest {
    private static final AtomicInteger VLAN = new AtomicInteger(100);

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private JdbcTemplate jdbc;

    private ControllerClient tenant;
    private ControllerClient stranger;
    private String internet;

    @BeforeEach
    void twoTenantsAndAnInternet() {
        tenant = newTenant();
        stranger = newTenant();
        internet = provider(",\"external\":true");
        assertThat(administrator
                        .post("/v1/networks/" + internet + "/subnets", """
                                {"cidr":"203.0.113.0/24","gatewayAddress":"203.0.113.254","dhcp":false,
                                "rangeFirst":"203.0.113.10","rangeLast":"203.0.113.20"}""")
                        .status())
                .isEqualTo(201);
    }

    /** Other tests ask for the only external network there is. */
    @AfterEach
    void noLongerOutside() {
        jdbc.update("UPDATE network SET external = false WHERE id = ?", UUID.fromString(internet));
    }

    private ControllerClient newTenant() {
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        return administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    private String provider(String more) {
        Answer made =
                administrator.post("/v1/networks", """
                {"name":"p-%s","provider":{"name":"dc","vlan":%d}%s}
                """.formatted(UUID.randomUUID(), VLAN.incrementAndGet(), more));
        assertThat(made.status()).as("%s", made).isEqualTo(201);
        return made.text("id");
    }

    private record Inner(String network, String subnet) {}

    private Inner inner(ControllerClient owner, String cidr) {
        String network = owner.post("/v1/networks", "{\"name\":\"n-" + UUID.randomUUID() + "\"}")
                .text("id");
        Answer subnet = owner.post("/v1/networks/" + network + "/subnets", "{\"cidr\":\"" + cidr + "\"}");
        assertThat(subnet.status()).as("%s", subnet).isEqualTo(201);
        return new Inner(network, subnet.text("id"));
    }

    private String router(String more) {
        Answer made = tenant.post("/v1/routers", "{\"name\":\"r-" + UUID.randomUUID() + "\"" + more + "}");
        assertThat(made.status()).as("%s", made).isEqualTo(201);
        return made.text("id");
    }

    private String external() {
        return ",\"external\":{\"networkId\":\"" + internet + "\"}";
    }

    private Answer put(ControllerClient client, String path, String json) {
        return client.send(client.request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(json)));
    }

    private Answer foot(String router, Inner inner) {
        return put(tenant, "/v1/routers/" + router + "/subnets/" + inner.subnet(), "{}");
    }

    /** The id of the only card of a new VM, which is never started. */
    private String card(Inner inner) {
        Answer made = tenant.post("/v1/vms", """
                {"name":"vm-%s","vcpus":1,"memoryMiB":64,"start":false,"disks":[{"sizeGiB":1}],"nics":[{"networkId":"%s"}]}
                """.formatted(UUID.randomUUID(), inner.network()));
        assertThat(made.status()).as("%s", made).isEqualTo(202);
        return tenant.get("/v1/vms/" + made.text("targetId"))
                .json()
                .path("nics")
                .path(0)
                .path("id")
                .asString();
    }

    private String floatingIp() {
        Answer made = tenant.post("/v1/floating-ips", "{\"networkId\":\"" + internet + "\"}");
        assertThat(made.status()).as("%s", made).isEqualTo(201);
        return made.text("id");
    }

    private Answer assign(String floating, String nic) {
        return put(tenant, "/v1/floating-ips/" + floating, "{\"nicId\":\"" + nic + "\"}");
    }

    private static void refused(Answer answer, int status, String code) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        assertThat(answer.code()).as("%s", answer).isEqualTo(code);
    }

    @Test
    void aProviderNetworkIsMadeByTheAdministratorAndGivesOnlyItsRange() {
        refused(
                tenant.post("/v1/networks", "{\"name\":\"x\",\"provider\":{\"name\":\"dc\"},\"external\":true}"),
                403,
                "FORBIDDEN");
        JsonNode shown = tenant.get("/v1/networks/" + internet).json();
        assertThat(shown.path("external").asBoolean()).isTrue();
        assertThat(shown.path("shared").asBoolean()).isFalse();
        assertThat(shown.path("subnets").path(0).path("gatewayAddress").asString())
                .isEqualTo("203.0.113.254");

        String router = router(external());

        assertThat(tenant.get("/v1/routers/" + router)
                        .json()
                        .path("external")
                        .path("addresses")
                        .path(0)
                        .asString())
                .isEqualTo("203.0.113.11");
        refused(
                tenant.post("/v1/floating-ips", "{\"networkId\":\"" + internet + "\",\"address\":\"203.0.113.99\"}"),
                422,
                "ADDRESS_OUTSIDE_SUBNET");
        refused(
                tenant.post("/v1/floating-ips", "{\"networkId\":\"" + internet + "\",\"address\":\"203.0.113.11\"}"),
                409,
                "ADDRESS_TAKEN");
        refused(tenant.post("/v1/vms", """
                        {"name":"direct","vcpus":1,"memoryMiB":64,"disks":[{"sizeGiB":1}],"nics":[{"networkId":"%s"}]}
                        """.formatted(internet)), 403, "FORBIDDEN");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"rangeFirst\":\"198.51.100.10\"                                      | INVALID_REQUEST",
                "\"rangeFirst\":\"198.51.100.20\",\"rangeLast\":\"198.51.100.10\"      | INVALID_REQUEST",
                "\"rangeFirst\":\"10.0.0.1\",\"rangeLast\":\"10.0.0.9\"                | ADDRESS_OUTSIDE_SUBNET",
                "\"gatewayAddress\":\"198.51.100.0\"                                   | ADDRESS_OUTSIDE_SUBNET",
                "\"gatewayAddress\":\"198.51.100.255\"                                 | ADDRESS_OUTSIDE_SUBNET",
                "\"gatewayAddress\":\"pizza\"                                          | INVALID_REQUEST",
                "\"rangeFirst\":\"198.51.100.1\",\"rangeLast\":\"198.51.100.9\"        | INVALID_REQUEST"
            })
    void aRangeThatIsNoneIsRefused(String fields, String code) {
        Answer refused = administrator.post(
                "/v1/networks/" + internet + "/subnets", "{\"cidr\":\"198.51.100.0/24\"," + fields + "}");

        assertThat(refused.code()).as("%s", refused).isEqualTo(code);
    }

    @Test
    void aRouterStandsInSubnetsAndRefusesThoseThatOverlap() {
        String router = router("");
        Inner first = inner(tenant, "10.0.0.0/24");
        Inner same = inner(tenant, "10.0.0.0/25");

        JsonNode shown = foot(router, first).json();
        assertThat(shown.path("subnets").path(0).path("address").asString()).isEqualTo("10.0.0.1");
        refused(foot(router, same), 409, "SUBNET_OVERLAPS");
        refused(foot(router(""), first), 409, "ADDRESS_TAKEN");
        Answer second =
                put(tenant, "/v1/routers/" + router("") + "/subnets/" + first.subnet(), "{\"address\":\"10.0.0.254\"}");
        assertThat(second.status()).as("%s", second).isEqualTo(200);
        refused(
                put(tenant, "/v1/routers/" + router("") + "/subnets/" + first.subnet(), "{\"address\":\"10.9.0.1\"}"),
                422,
                "ADDRESS_OUTSIDE_SUBNET");
        refused(foot(router, new Inner("", UUID.randomUUID().toString())), 404, "NOT_FOUND");
        refused(foot(router, inner(stranger, "10.1.0.0/24")), 404, "NOT_FOUND");
        refused(tenant.delete("/v1/networks/" + first.network()), 409, "IN_USE");
        Answer left = tenant.delete("/v1/routers/" + router + "/subnets/" + first.subnet());
        assertThat(left.json().path("subnets").size()).as("%s", left).isZero();
        refused(tenant.delete("/v1/routers/" + router + "/subnets/" + first.subnet()), 404, "NOT_FOUND");
        assertThat(foot(router, same).status()).isEqualTo(200);
    }

    @Test
    void anotherTenantSeesNeitherRouterNorFloatingIp() {
        String router = router(external());
        String floating = floatingIp();

        refused(stranger.get("/v1/routers/" + router), 404, "NOT_FOUND");
        refused(stranger.delete("/v1/routers/" + router), 404, "NOT_FOUND");
        refused(put(stranger, "/v1/routers/" + router + "/routes", "{\"routes\":[]}"), 404, "NOT_FOUND");
        refused(stranger.get("/v1/floating-ips/" + floating), 404, "NOT_FOUND");
        refused(put(stranger, "/v1/floating-ips/" + floating, "{}"), 404, "NOT_FOUND");
        refused(stranger.delete("/v1/floating-ips/" + floating), 404, "NOT_FOUND");
        assertThat(stranger.get("/v1/routers").json().path("items").size()).isZero();
        assertThat(stranger.get("/v1/floating-ips").json().path("items").size()).isZero();
        Inner inner = inner(tenant, "10.0.0.0/24");
        String mine = card(inner);
        Answer theirs = stranger.post("/v1/floating-ips", "{\"networkId\":\"" + internet + "\"}");
        refused(
                put(stranger, "/v1/floating-ips/" + theirs.text("id"), "{\"nicId\":\"" + mine + "\"}"),
                404,
                "NOT_FOUND");
    }

    @Test
    void routesLeadThroughTheRoutersOwnSubnetsOnly() {
        String router = router("");
        foot(router, inner(tenant, "10.0.0.0/24"));
        String path = "/v1/routers/" + router + "/routes";
        String route = "{\"routes\":[{\"destination\":\"%s\",\"nextHop\":\"%s\"}]}";

        assertThat(put(tenant, path, route.formatted("10.9.0.0/16", "10.0.0.7")).status())
                .isEqualTo(200);
        refused(put(tenant, path, route.formatted("10.9.0.0/16", "10.8.0.7")), 400, "INVALID_REQUEST");
        refused(put(tenant, path, route.formatted("10.9.0.0/16", "10.0.0.1")), 400, "INVALID_REQUEST");
        refused(put(tenant, path, route.formatted("fd00::/64", "10.0.0.7")), 400, "INVALID_REQUEST");
        refused(put(tenant, path, route.formatted("10.9.0.1/16", "10.0.0.7")), 400, "INVALID_REQUEST");
        refused(
                put(
                        tenant,
                        path,
                        "{\"routes\":[{\"destination\":\"10.9.0.0/16\",\"nextHop\":\"10.0.0.7\"},"
                                + "{\"destination\":\"10.9.0.0/16\",\"nextHop\":\"10.0.0.8\"}]}"),
                400,
                "INVALID_REQUEST");
        assertThat(tenant.get("/v1/routers/" + router).json().path("routes").size())
                .isEqualTo(1);
    }

    @Test
    void aFloatingIpLeadsToOneCardAndComesBackToThePool() {
        Inner inner = inner(tenant, "10.0.0.0/24");
        String nic = card(inner);
        String floating = floatingIp();
        refused(assign(floating, nic), 409, "NOT_ROUTED");
        refused(assign(floating, UUID.randomUUID().toString()), 404, "NOT_FOUND");
        String router = router(external());
        foot(router, inner);

        Answer assigned = assign(floating, nic);

        assertThat(assigned.status()).as("%s", assigned).isEqualTo(200);
        assertThat(assigned.text("fixedAddress")).startsWith("10.0.0.");
        assertThat(assigned.text("routerId")).isEqualTo(router);
        refused(assign(floatingIp(), nic), 409, "IN_USE");
        refused(tenant.delete("/v1/routers/" + router), 409, "IN_USE");
        refused(tenant.delete("/v1/routers/" + router + "/external"), 409, "IN_USE");
        refused(tenant.delete("/v1/routers/" + router + "/subnets/" + inner.subnet()), 409, "IN_USE");
        refused(
                tenant.post(
                        "/v1/floating-ips/" + floating + "/port-forwardings",
                        "{\"protocol\":\"TCP\",\"port\":80,\"nicId\":\"" + nic + "\"}"),
                409,
                "IN_USE");
        String stale = assigned.header("ETag");
        assertThat(put(tenant, "/v1/floating-ips/" + floating, "{\"nicId\":null}")
                        .text("fixedAddress"))
                .isEmpty();
        refused(
                tenant.send(tenant.request("/v1/floating-ips/" + floating)
                        .header("Content-Type", "application/json")
                        .header("If-Match", stale)
                        .PUT(HttpRequest.BodyPublishers.ofString("{}"))),
                412,
                "PRECONDITION_FAILED");
        assertThat(tenant.delete("/v1/floating-ips/" + floating).status()).isEqualTo(204);
        refused(tenant.get("/v1/floating-ips/" + floating), 404, "NOT_FOUND");
        assertThat(tenant.delete("/v1/routers/" + router).status()).isEqualTo(204);
    }

    @Test
    void ofAHundredAtOnceAsManySucceedAsThePoolHas() throws Exception {
        Set<String> addresses = new HashSet<>();
        int exhausted = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> asked = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asked.add(
                        threads.submit(() -> tenant.post("/v1/floating-ips", "{\"networkId\":\"" + internet + "\"}")));
            }
            for (Future<Answer> each : asked) {
                Answer answer = each.get();
                if (answer.status() == 201) {
                    assertThat(addresses.add(answer.text("address")))
                            .as("%s", answer)
                            .isTrue();
                } else {
                    refused(answer, 409, "ADDRESSES_EXHAUSTED");
                    exhausted++;
                }
            }
        }
        // The range has 11, of which the first is the service address.
        assertThat(addresses).hasSize(10);
        assertThat(exhausted).isEqualTo(90);
    }

    @Test
    void theSameKeyTakesOneAddress() {
        String key = UUID.randomUUID().toString();
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString("{\"networkId\":\"" + internet + "\"}");
        Answer first = tenant.send(tenant.request("/v1/floating-ips")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(body));
        Answer again = tenant.send(tenant.request("/v1/floating-ips")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(body));

        assertThat(first.status()).isEqualTo(201);
        assertThat(again.text("id")).isEqualTo(first.text("id"));
        assertThat(tenant.get("/v1/floating-ips").json().path("items").size()).isEqualTo(1);
    }

    @Test
    void aRouterWithoutAHostSaysWhyAndATraceNamesIt() {
        Inner inner = inner(tenant, "10.0.0.0/24");
        String nic = card(inner);
        Answer noRouter = trace(nic, "192.0.2.1");
        assertThat(noRouter.json().path("passes").asBoolean()).isFalse();
        assertThat(stops(noRouter)).containsExactly("NOT_RUNNING", "ROUTE_MISSING");
        String router = router(external());
        foot(router, inner);

        JsonNode gateway = tenant.get("/v1/routers/" + router).json().path("gateway");

        assertThat(gateway.has("hostId")).isFalse();
        assertThat(gateway.path("reason").asString()).startsWith("no host can be its gateway");
        assertThat(stops(trace(nic, "192.0.2.1"))).containsExactly("NOT_RUNNING", "NO_GATEWAY");
        assertThat(stops(trace(nic, "10.0.0.77"))).containsExactly("NOT_RUNNING", "NO_SUCH_ADDRESS");
        refused(trace(nic, "pizza"), 400, "INVALID_REQUEST");
        refused(stranger.post("/v1/network-traces", ask(nic, "192.0.2.1")), 404, "NOT_FOUND");
        refused(
                tenant.post("/v1/network-traces", "{\"fromNicId\":\"" + nic + "\",\"port\":22}"),
                400,
                "INVALID_REQUEST");
        refused(administrator.post("/v1/routers/" + router + "/gateway", "{}"), 409, "NO_HOST_FITS");
    }

    private static String ask(String nic, String to) {
        return "{\"fromNicId\":\"" + nic + "\",\"toAddress\":\"" + to + "\",\"port\":22}";
    }

    private Answer trace(String nic, String to) {
        return tenant.post("/v1/network-traces", ask(nic, to));
    }

    private static List<String> stops(Answer trace) {
        assertThat(trace.status()).as("%s", trace).isEqualTo(200);
        return trace.json()
                .path("hops")
                .valueStream()
                .map(hop -> hop.path("stop").asString(""))
                .filter(stop -> !stop.isEmpty())
                .toList();
    }
}
