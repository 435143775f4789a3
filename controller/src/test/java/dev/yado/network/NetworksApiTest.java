package dev.yado.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** Networks, security groups, cards and what guests are told, over HTTP; and all that is refused. */
@ControllerTest
@Timeout(120)
class NetworksApiTest {
    private static final String KEY = "ssh-ed25519 " + key("ssh-ed25519") + " somebody@example";

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private JdbcTemplate jdbc;

    private ControllerClient tenant;
    private ControllerClient stranger;
    private String tenantId;

    private static String key(String type) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = new byte[4 + name.length + 36];
        bytes[3] = (byte) name.length;
        System.arraycopy(name, 0, bytes, 4, name.length);
        return Base64.getEncoder().encodeToString(bytes);
    }

    @BeforeEach
    void twoTenants() {
        tenantId = newTenant();
        tenant = tokenOf(tenantId);
        stranger = tokenOf(newTenant());
    }

    private String newTenant() {
        return administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
    }

    private ControllerClient tokenOf(String id) {
        return administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    private String network(String... cidrs) {
        String id = tenant.post("/v1/networks", "{\"name\":\"n-" + UUID.randomUUID() + "\"}")
                .text("id");
        for (String cidr : cidrs) {
            assertThat(subnet(id, cidr).status()).isEqualTo(201);
        }
        return id;
    }

    private Answer subnet(String network, String cidr) {
        return tenant.post("/v1/networks/" + network + "/subnets", "{\"cidr\":\"" + cidr + "\"}");
    }

    /** @param more fields, each followed by a comma */
    private Answer vm(String more, String nics) {
        return vm(tenant, more, nics);
    }

    private static Answer vm(ControllerClient client, String more, String nics) {
        return client.post("/v1/vms", """
                {"name":"%s","vcpus":1,"memoryMiB":64,"start":false,"disks":[{"sizeGiB":1}],%s"nics":[%s]}
                """.formatted("vm-" + UUID.randomUUID(), more, nics));
    }

    private static String nic(String network, String more) {
        return "{\"networkId\":\"" + network + "\"" + more + "}";
    }

    private Answer group(String name) {
        return tenant.post("/v1/security-groups", "{\"name\":\"" + name + "\"}");
    }

    private Answer rule(String group, String rule) {
        return tenant.post("/v1/security-groups/" + group + "/rules", rule);
    }

    private Answer shown(Answer created) {
        return tenant.get("/v1/vms/" + created.text("targetId"));
    }

    @Test
    void aNetworkShowsItsSubnetsAndItsReservedAddresses() {
        String id = network("10.0.0.0/24", "fd00::/64");

        Answer network = tenant.get("/v1/networks/" + id);

        assertThat(network.json().path("subnets").size()).isEqualTo(2);
        assertThat(network.json().path("subnets").path(0).path("gatewayAddress").asString())
                .isEqualTo("10.0.0.1");
        assertThat(network.json().path("subnets").path(0).path("serviceAddress").asString())
                .isEqualTo("10.0.0.2");
        assertThat(network.json().path("subnets").path(1).path("serviceAddress").asString())
                .isEqualTo("fd00::2");
        assertThat(network.json().has("segment")).isFalse();
        assertThat(administrator.get("/v1/networks/" + id).text("segment")).startsWith("VNI ");
        assertThat(tenant.send(tenant.request("/v1/networks/" + id)
                                .header("If-None-Match", network.header("ETag"))
                                .GET())
                        .status())
                .isEqualTo(304);
        assertThat(tenant.get("/v1/networks?limit=1").json().path("items").size())
                .isEqualTo(1);
    }

    @Test
    void nobodySeesAnotherTenantsNetworkOrUsesIt() {
        String id = network("10.0.0.0/24");
        String group = group("web").text("id");

        assertThat(stranger.get("/v1/networks/" + id).code()).isEqualTo("NOT_FOUND");
        assertThat(stranger.delete("/v1/networks/" + id).code()).isEqualTo("NOT_FOUND");
        assertThat(stranger.post("/v1/networks/" + id + "/subnets", "{\"cidr\":\"10.9.0.0/24\"}")
                        .code())
                .isEqualTo("NOT_FOUND");
        assertThat(vm(stranger, "", nic(id, "")).code()).isEqualTo("NOT_FOUND");
        assertThat(stranger.get("/v1/security-groups/" + group).code()).isEqualTo("NOT_FOUND");
        String foreign =
                stranger.post("/v1/security-groups", "{\"name\":\"theirs\"}").text("id");
        assertThat(vm("", nic(id, ",\"securityGroupIds\":[\"" + foreign + "\"]"))
                        .code())
                .isEqualTo("NOT_FOUND");
        assertThat(rule(group, "{\"direction\":\"IN\",\"remoteGroupId\":\"" + foreign + "\"}")
                        .code())
                .isEqualTo("NOT_FOUND");
        assertThat(stranger.get("/v1/networks").json().path("items").size()).isZero();
    }

    @Test
    void aVmGetsAnAddressOfEachFamilyAndShowsItsCards() {
        String id = network("10.0.0.0/24", "fd00::/64");

        Answer vm = shown(vm("", nic(id, "")));

        assertThat(vm.json().path("nics").size()).isEqualTo(1);
        assertThat(vm.json().path("nics").path(0).path("addresses").path(0).asString())
                .isEqualTo("10.0.0.3");
        assertThat(vm.json().path("nics").path(0).path("addresses").path(1).asString())
                .isEqualTo("fd00::3");
        assertThat(vm.json().path("nics").path(0).path("networkId").asString()).isEqualTo(id);
        assertThat(vm.json().path("nics").path(0).path("mac").asString()).startsWith("02:");
        assertThat(tenant.get("/v1/vms")
                        .json()
                        .path("items")
                        .path(0)
                        .path("nics")
                        .size())
                .isEqualTo(1);
    }

    @Test
    void anAddressThatIsAskedForIsGivenOnce() {
        String id = network("10.0.0.0/24");

        Answer vm = vm("", nic(id, ",\"address\":\"10.0.0.77\",\"mac\":\"52:54:00:00:00:01\""));

        assertThat(shown(vm)
                        .json()
                        .path("nics")
                        .path(0)
                        .path("addresses")
                        .path(0)
                        .asString())
                .isEqualTo("10.0.0.77");
        assertThat(vm("", nic(id, ",\"address\":\"10.0.0.77\"")).code()).isEqualTo("ADDRESS_TAKEN");
        assertThat(vm("", nic(id, ",\"mac\":\"52:54:00:00:00:01\"")).code()).isEqualTo("MAC_TAKEN");
        assertThat(vm("", nic(network("10.0.0.0/24"), ",\"mac\":\"52:54:00:00:00:01\""))
                        .status())
                .isEqualTo(202);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.1.5,ADDRESS_OUTSIDE_SUBNET",
        "fd00::9,ADDRESS_OUTSIDE_SUBNET",
        "10.0.0.0,ADDRESS_RESERVED",
        "10.0.0.1,ADDRESS_RESERVED",
        "10.0.0.2,ADDRESS_RESERVED",
        "10.0.0.255,ADDRESS_RESERVED",
        "10.0.0.256,INVALID_REQUEST",
        "10.0.0,INVALID_REQUEST",
        "example.org,INVALID_REQUEST"
    })
    void anAddressThatCannotBeGivenIsRefused(String address, String code) {
        Answer refused = vm("", nic(network("10.0.0.0/24"), ",\"address\":\"" + address + "\""));

        assertThat(refused.code()).as("%s", refused).isEqualTo(code);
        assertThat(tenant.get("/v1/vms").json().path("items").size()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/25,SUBNET_OVERLAPS",
        "10.0.0.0/8,SUBNET_OVERLAPS",
        "10.1.0.5/24,INVALID_REQUEST",
        "10.1.0.0/30,INVALID_REQUEST",
        "10.0.0.0/33,INVALID_REQUEST",
        "127.0.0.0/24,INVALID_REQUEST",
        "169.254.0.0/16,INVALID_REQUEST",
        "224.0.0.0/24,INVALID_REQUEST",
        "fe80::/64,INVALID_REQUEST",
        "fd00::/127,INVALID_REQUEST",
        "nonsense,INVALID_REQUEST"
    })
    void aRangeThatCannotBeASubnetIsRefused(String cidr, String code) {
        Answer refused = subnet(network("10.0.0.0/24"), cidr);

        assertThat(refused.code()).as("%s", refused).isEqualTo(code);
    }

    @Test
    void anExhaustedSubnetSaysSoAndAnotherOneHelps() {
        String id = network("10.0.0.0/29");
        for (int i = 0; i < 4; i++) {
            assertThat(vm("", nic(id, "")).status()).isEqualTo(202);
        }

        Answer refused = vm("", nic(id, ""));

        assertThat(refused.code()).isEqualTo("ADDRESSES_EXHAUSTED");
        assertThat(refused.detail()).contains("10.0.0.0/29");
        subnet(id, "10.0.1.0/24");
        assertThat(shown(vm("", nic(id, "")))
                        .json()
                        .path("nics")
                        .path(0)
                        .path("addresses")
                        .path(0)
                        .asString())
                .isEqualTo("10.0.1.3");
    }

    @Test
    void aNetworkWithoutSubnetTakesNoCard() {
        assertThat(vm("", nic(network(), "")).code()).isEqualTo("CONFLICT");
    }

    @Test
    void whatIsUsedIsNotRemoved() {
        String id = network("10.0.0.0/24");
        String group = group("web").text("id");
        Answer vm = vm("", nic(id, ",\"securityGroupIds\":[\"" + group + "\"]"));
        String subnet = tenant.get("/v1/networks/" + id)
                .json()
                .path("subnets")
                .path(0)
                .path("id")
                .asString();

        assertThat(tenant.delete("/v1/networks/" + id).code()).isEqualTo("IN_USE");
        assertThat(tenant.delete("/v1/networks/" + id + "/subnets/" + subnet).code())
                .isEqualTo("IN_USE");
        assertThat(tenant.delete("/v1/security-groups/" + group).code()).isEqualTo("IN_USE");
        assertThat(administrator.delete("/v1/tenants/" + tenantId).code()).isEqualTo("IN_USE");

        tenant.delete("/v1/vms/" + vm.text("targetId"));
        jdbc.update("DELETE FROM vm WHERE id = ?::uuid", vm.text("targetId"));
        assertThat(tenant.delete("/v1/security-groups/" + group).status()).isEqualTo(204);
        assertThat(tenant.delete("/v1/networks/" + id + "/subnets/" + subnet).status())
                .isEqualTo(204);
        assertThat(tenant.delete("/v1/networks/" + id).status()).isEqualTo(204);
        assertThat(tenant.get("/v1/networks/" + id).code()).isEqualTo("NOT_FOUND");
    }

    @Test
    void theDefaultGroupLetsAllOutAndItsOwnIn() {
        Answer groups = tenant.get("/v1/security-groups?name=default");
        String id = groups.json().path("items").path(0).path("id").asString();

        Answer group = tenant.get("/v1/security-groups/" + id);

        assertThat(group.json().path("default").asBoolean()).isTrue();
        List<String> rules = group.json()
                .path("rules")
                .valueStream()
                .map(rule -> rule.path("direction").asString() + " "
                        + rule.path("family").asString() + " "
                        + rule.path("remoteGroupId").asString("anyone"))
                .sorted()
                .toList();
        assertThat(rules).containsExactly("IN IPV4 " + id, "IN IPV6 " + id, "OUT IPV4 anyone", "OUT IPV6 anyone");
        assertThat(tenant.delete("/v1/security-groups/" + id).code()).isEqualTo("CONFLICT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":80,\"portMax\":79}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":0}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMax\":80}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":70000}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"portMin\":80}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"protocol\":\"ICMP\",\"portMin\":256}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"remoteCidr\":\"10.0.0.1/8\"}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"family\":\"IPV6\",\"remoteCidr\":\"10.0.0.0/8\"}|INVALID_REQUEST",
                "{\"direction\":\"SIDEWAYS\"}|INVALID_REQUEST",
                "{\"direction\":\"IN\",\"port\":1}|UNKNOWN_FIELD"
            })
    void aRuleThatMeansNothingIsRefused(String rule, String code) {
        Answer refused = rule(group("g").text("id"), rule);

        assertThat(refused.code()).as("%s", refused).isEqualTo(code);
    }

    @Test
    void aGroupTakesSoManyRulesAndNoneTwice() {
        String group = group("many").text("id");
        for (int port = 1; port <= SecurityGroups.MOST_RULES - 2; port++) {
            assertThat(rule(group, "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":" + port + "}")
                            .status())
                    .isEqualTo(201);
        }

        assertThat(rule(group, "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":9999}")
                        .code())
                .isEqualTo("TOO_MANY_RULES");
        String other = group("other").text("id");
        rule(other, "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":1}");
        assertThat(rule(other, "{\"direction\":\"IN\",\"protocol\":\"TCP\",\"portMin\":1,\"portMax\":1}")
                        .code())
                .isEqualTo("CONFLICT");
    }

    /** A rule names members, not rules: there is nothing to go round in. */
    @Test
    void groupsThatNameEachOtherAreNoLoop() {
        String a = group("a").text("id");
        String b = group("b").text("id");

        assertThat(rule(a, "{\"direction\":\"IN\",\"remoteGroupId\":\"" + b + "\"}")
                        .status())
                .isEqualTo(201);
        assertThat(rule(b, "{\"direction\":\"IN\",\"remoteGroupId\":\"" + a + "\"}")
                        .status())
                .isEqualTo(201);

        assertThat(tenant.delete("/v1/security-groups/" + a).code()).isEqualTo("IN_USE");
    }

    @Test
    void theGroupsOfACardAreChangedOfTheVersionThatWasRead() {
        String id = network("10.0.0.0/24");
        String group = group("web").text("id");
        String nic = shown(vm("", nic(id, "")))
                .json()
                .path("nics")
                .path(0)
                .path("id")
                .asString();
        Answer read = tenant.get("/v1/nics/" + nic);
        String change = "{\"securityGroupIds\":[\"" + group + "\"]}";

        assertThat(put(nic, change, read.header("ETag"))
                        .json()
                        .path("securityGroupIds")
                        .path(0)
                        .asString())
                .isEqualTo(group);

        assertThat(put(nic, change, read.header("ETag")).code()).isEqualTo("PRECONDITION_FAILED");
        assertThat(put(nic, "{\"securityGroupIds\":[]}", "*").code()).isEqualTo("INVALID_REQUEST");
        assertThat(stranger.get("/v1/nics/" + nic).code()).isEqualTo("NOT_FOUND");
        assertThat(tenant.get("/v1/nics?networkId=" + id).json().path("items").size())
                .isEqualTo(1);
    }

    private Answer put(String nic, String body, String ifMatch) {
        return tenant.send(tenant.request("/v1/nics/" + nic)
                .header("Content-Type", "application/json")
                .header("If-Match", ifMatch)
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void whatAGuestIsToldIsNeverShownAgain() {
        String id = network("10.0.0.0/24");
        String secret = "s3cret-" + UUID.randomUUID();
        Answer made = vm(
                "\"hostname\":\"Web-1\",\"sshKeys\":[\"%s\"],\"userData\":\"#cloud-config\\npassword: %s\","
                        .formatted(KEY, secret),
                nic(id, ""));

        assertThat(made.status()).as("%s", made).isEqualTo(202);
        assertThat(jdbc.queryForObject(
                        "SELECT hostname FROM vm_setup WHERE vm_id = ?::uuid", String.class, made.text("targetId")))
                .isEqualTo("web-1");
        String everything = made + " " + shown(made) + " " + tenant.get("/v1/vms") + " "
                + tenant.get("/v1/operations/" + made.text("id")) + " "
                + jdbc.queryForList("SELECT data FROM event WHERE tenant_id = ?::uuid", String.class, tenantId) + " "
                + jdbc.queryForList("SELECT input FROM operation WHERE tenant_id = ?::uuid", String.class, tenantId);
        assertThat(everything).doesNotContain(secret).doesNotContain(key("ssh-ed25519"));
    }

    @Test
    void userDataIsTextOrBytesOfASizeThatHostsKeep() {
        String id = network("10.0.0.0/22");
        String full = "x".repeat(Setups.MOST);

        assertThat(vm("\"userData\":\"" + full + "\",", nic(id, "")).status()).isEqualTo(202);
        assertThat(vm("\"userData\":\"" + full + "x\",", nic(id, "")).code()).isIn("INVALID_REQUEST", "TOO_LARGE");
        assertThat(vm("\"userData\":\"" + "x".repeat(1 << 20) + "\",", nic(id, ""))
                        .code())
                .isIn("INVALID_REQUEST", "TOO_LARGE");
        assertThat(vm("\"userData\":\"" + "é".repeat(Setups.MOST / 2 + 1) + "\",", nic(id, ""))
                        .code())
                .isEqualTo("TOO_LARGE");
        assertThat(vm("\"userData\":\"a\\u0000b\",", nic(id, "")).code()).isEqualTo("INVALID_REQUEST");
        assertThat(vm("\"userDataBase64\":\"H4sIAAAAAAAA/wMAAAAAAAAAAAA=\",", nic(id, ""))
                        .status())
                .isEqualTo(202);
        assertThat(vm("\"userDataBase64\":\"%%%\",", nic(id, "")).code()).isEqualTo("INVALID_REQUEST");
        assertThat(vm("\"userData\":\"a\",\"userDataBase64\":\"YQ==\",", nic(id, ""))
                        .code())
                .isEqualTo("INVALID_REQUEST");
    }

    private static final class Setups {
        static final int MOST = 65_536;
    }

    @ParameterizedTest
    @CsvSource({"-a", "a-", "a.b", "a_b", "'a b'", "''", "ä"})
    void aHostnameThatIsNoneIsRefused(String hostname) {
        assertThat(vm("\"hostname\":\"" + hostname + "\",", nic(network("10.0.0.0/24"), ""))
                        .code())
                .isEqualTo("INVALID_REQUEST");
    }

    @Test
    void aKeyThatIsNoneIsRefusedAndNotRepeated() {
        String id = network("10.0.0.0/24");
        for (String bad : List.of(
                "ssh-ed25519",
                "ssh-ed25519 AAAA",
                "ssh-rsa " + key("ssh-ed25519"),
                "ssh-dss " + key("ssh-dss"),
                KEY + "\\nssh-ed25519 x",
                "command=\\\"x\\\" " + KEY)) {
            Answer refused = vm("\"sshKeys\":[\"" + bad + "\"],", nic(id, ""));
            assertThat(refused.code()).as("%s", bad).isEqualTo("INVALID_REQUEST");
            assertThat(refused.detail()).contains("sshKeys[0]").doesNotContain(key("ssh-ed25519"));
        }
    }

    @Test
    void quotasHoldForNetworksAddressesAndRules() {
        administrator.send(administrator
                .request("/v1/tenants/" + tenantId + "/quota")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"networks\":1,\"addresses\":2,\"securityRules\":7}")));
        String id = network("10.0.0.0/24", "fd00::/64");

        assertThat(tenant.post("/v1/networks", "{\"name\":\"second\"}").code()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(vm("", nic(id, "")).status()).isEqualTo(202);
        assertThat(vm("", nic(id, "")).code()).isEqualTo("QUOTA_EXCEEDED");
        String group = group("g").text("id");
        assertThat(rule(group, "{\"direction\":\"IN\"}").status()).isEqualTo(201);
        assertThat(rule(group, "{\"direction\":\"IN\",\"family\":\"IPV6\"}").code())
                .isEqualTo("QUOTA_EXCEEDED");
        assertThat(tenant.get("/v1/quota").json().path("addresses").path("used").asLong())
                .isEqualTo(2);
    }

    @Test
    void aRepeatedCallWithItsKeyMakesOneNetwork() {
        String key = UUID.randomUUID().toString();
        HttpRequest.Builder call = tenant.request("/v1/networks")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"once\"}"));

        Answer first = tenant.send(call);
        Answer second = tenant.send(call);

        assertThat(second.text("id")).isEqualTo(first.text("id"));
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(tenant.post("/v1/networks", "{\"name\":\"once\"}").code()).isEqualTo("NAME_TAKEN");
    }

    @Test
    void aPlanNamesWhatIsInTheWayOfCards() {
        String id = network("10.0.0.0/24");
        Answer plan = tenant.post("/v1/vms?dryRun=plan", """
                {"name":"p","vcpus":1,"memoryMiB":64,"disks":[{"sizeGiB":1}],"nics":[%s,%s]}
                """.formatted(
                nic(id, ",\"address\":\"10.9.9.9\""), nic(UUID.randomUUID().toString(), "")));

        assertThat(plan.status()).as("%s", plan).isEqualTo(200);
        assertThat(plan.json()
                        .path("blockers")
                        .valueStream()
                        .map(blocker -> blocker.path("code").asString())
                        .toList())
                .contains("ADDRESS_OUTSIDE_SUBNET", "NOT_FOUND");
        assertThat(tenant.get("/v1/vms").json().path("items").size()).isZero();
    }

    @Test
    void everythingIsToldAsAnEvent() {
        String id = network("10.0.0.0/24");
        rule(group("g").text("id"), "{\"direction\":\"IN\"}");
        vm("", nic(id, ""));

        assertThat(jdbc.queryForList(
                        "SELECT DISTINCT type FROM event WHERE tenant_id = ?::uuid", String.class, tenantId))
                .contains(
                        "network.created",
                        "subnet.created",
                        "security_group.created",
                        "security_rule.created",
                        "nic.created");
    }
}
