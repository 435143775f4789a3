package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A host's disk is lost. The machine is installed anew, and nobody remembers what its daemon was started with. */
@Tag("guest")
class ReinstalledHostTest {
    private static final String NAME = "rack1-7";

    private final List<Process> daemons = new ArrayList<>();
    private Cloud cloud;
    private Path place;

    @BeforeEach
    void aCloudWithoutHosts() throws IOException {
        cloud = Cloud.start(Map.of(), "--hosts", "0");
        place = Files.createDirectories(cloud.state().resolve("reinstalled"));
    }

    @AfterEach
    void end() throws Exception {
        for (Process daemon : daemons) {
            daemon.destroy();
            daemon.waitFor();
        }
        cloud.end();
    }

    @Test
    void isWhatItWasWithNothingButItsAddressesTyped() throws Exception {
        Path pool = Files.createDirectories(place.resolve("nfs"));
        Path repository = place.resolve("backups");
        joins("first", Map.of("name", NAME));
        Process daemon = runs(
                "first",
                "--no-networks",
                "--shared-pool",
                "nfs=" + pool,
                "--repository",
                "backups=" + repository,
                "--backup-jobs",
                "3");
        JsonNode was = awaitWhole();
        String marker = was.at("/moves/pools/0/marker").asString();
        daemon.destroy();
        daemon.waitFor();
        daemons.remove(daemon);

        String said =
                joins("second", Map.of("name", NAME, "replaces", was.get("id").asString()));
        runs("second");

        JsonNode now = awaitWhole();
        assertThat(said).contains("--repository backups=" + repository);
        assertThat(now.get("id")).isNotEqualTo(was.get("id"));
        assertThat(now.get("options")).isEqualTo(was.get("options"));
        assertThat(now.get("repositories")).isEqualTo(was.get("repositories"));
        assertThat(now.at("/moves/pools/0/marker").asString()).isEqualTo(marker);
        assertThat(now.get("options").valueStream().map(JsonNode::asString))
                .contains("--no-networks", "nfs=" + pool, "backups=" + repository);
        assertThat(cloud.admin()
                        .get("/v1/hosts/" + was.get("id").asString())
                        .get("name")
                        .asString())
                .startsWith(NAME + "-replaced-");
    }

    private JsonNode awaitWhole() {
        return await(NAME + " to have all that it should")
                .atMost(Duration.ofMinutes(1))
                .until(
                        this::shown,
                        host -> host.at("/state").asString("").equals("UP")
                                && host.at("/repositories/0/name").asString("").equals("backups")
                                && host.at("/repositories/0/problem").isMissingNode()
                                && host.at("/moves/pools/0/name").asString("").equals("nfs")
                                && host.at("/moves/pools/0/problem").isMissingNode());
    }

    /** The host that has the name now, or nothing. */
    private JsonNode shown() {
        return cloud.admin()
                .get("/v1/hosts")
                .get("items")
                .valueStream()
                .filter(host -> host.get("name").asString().equals(NAME))
                .findFirst()
                .orElseGet(JsonNodeFactory.instance::objectNode);
    }

    /** @return what the command said */
    private String joins(String state, Map<String, Object> token) throws Exception {
        JsonNode made = cloud.admin().post("/v1/host-join-tokens", token);
        Process join = vmmd(
                        "join",
                        "--state",
                        place.resolve(state).toString(),
                        "--controller",
                        controller(),
                        "--ca-hash",
                        made.get("caHash").asString(),
                        "--name",
                        NAME,
                        "--token-file",
                        "-")
                .start();
        try (var in = join.getOutputStream()) {
            in.write(made.get("token").asString().getBytes(StandardCharsets.US_ASCII));
        }
        String said = new String(join.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(join.waitFor()).as(said).isZero();
        return said;
    }

    private Process runs(String state, String... options) throws IOException {
        List<String> words = new ArrayList<>(
                List.of("run", "--state", place.resolve(state).toString(), "--controller", controller()));
        words.addAll(List.of(options));
        Process daemon = vmmd(words.toArray(String[]::new))
                .redirectOutput(place.resolve(state + ".log").toFile())
                .start();
        daemons.add(daemon);
        return daemon;
    }

    private String controller() throws IOException {
        return "https://127.0.0.1:"
                + Files.readString(cloud.state().resolve("internal-port")).strip();
    }

    private static ProcessBuilder vmmd(String... words) {
        Path target = Cloud.root().resolve("vmmd/target");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                target.resolve("vmmd-0.1.0-SNAPSHOT.jar") + ":" + target.resolve("lib") + "/*",
                "dev.yado.vmmd.Main"));
        command.addAll(List.of(words));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }
}
