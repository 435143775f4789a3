package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What lies outside of the cloud: the far end of the fabric's provider network, and its network in the API. */
record DataCentre(Cloud cloud, String network) {

    /** Made for the first who asks, and kept: a host's way to a provider leads to one network only. */
    static DataCentre of(Cloud cloud) {
        for (JsonNode known : cloud.admin().get("/v1/networks").get("items")) {
            if (known.get("name").asString().equals("outside")) {
                return new DataCentre(cloud, known.get("id").asString());
            }
        }
        String id = cloud.admin()
                .post("/v1/networks", Map.of("name", "outside", "provider", Map.of("name", "public"), "external", true))
                .get("id")
                .asString();
        cloud.admin()
                .post(
                        "/v1/networks/" + id + "/subnets",
                        Map.of(
                                "cidr",
                                "203.0.113.0/24",
                                "rangeFirst",
                                "203.0.113.10",
                                "rangeLast",
                                "203.0.113.99",
                                "dhcp",
                                false));
        cloud.admin()
                .post(
                        "/v1/networks/" + id + "/subnets",
                        Map.of(
                                "cidr",
                                "2001:db8:203::/64",
                                "rangeFirst",
                                "2001:db8:203::10",
                                "rangeLast",
                                "2001:db8:203::99",
                                "dhcp",
                                false));
        return new DataCentre(cloud, id);
    }

    /** The first line that is said at the port; empty when nobody answers within two seconds. */
    String ask(String address, int port) throws IOException, InterruptedException {
        Process process = cloud.inDataCentre(
                        "timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/" + address + "/" + port + "; head -n 1 <&3")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        process.waitFor();
        return said.replace("::ffff:", "");
    }

    void awaitAnswer(String address, int port, String answer) {
        await(answer + " at " + address)
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(ask(address, port)).isEqualTo(answer));
    }
}
