package dev.yado.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.cli.session.GlobalOptions;
import dev.yado.cli.session.Session;
import dev.yado.cli.session.TestScreen;
import dev.yado.cli.wire.CannedHttp;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
    private static final String VM = """
            {"id":"1","name":"web","state":"RUNNING","vcpus":2,"memoryMiB":512,"disks":[{"id":"d","sizeGiB":10},{"id":"e","sizeGiB":5}],
            "accelerator":"kvm","createdAt":"2026-11-21T12:00:00Z","later":1}""";

    private final TestScreen screen = new TestScreen(false);
    private final Map<String, String> environment = new HashMap<>(Map.of("HOME", "/nonexistent"));

    @Test
    void printsTheJsonOfTheApiUntouched() throws Exception {
        String page = "{ \"items\" : [ " + VM + " ] }";
        try (CannedHttp http = new CannedHttp().answer(200, page)) {
            assertThat(run(http, "vm", "list", "-o", "json")).isZero();
        }
        assertThat(screen.answers()).isEqualTo(page + "\n");
    }

    @Test
    void listsFilesOfABackupWithoutWhatATerminalWouldObey() throws Exception {
        String id = "0198f1de-7c00-7000-8000-000000000001";
        String listing =
                "{\"items\":[{\"path\":\"0p1/etc/\\u001b[31mred\",\"kind\":\"file\",\"bytes\":4}],\"truncated\":true}";
        try (CannedHttp http = new CannedHttp().answer(200, listing)) {
            assertThat(run(http, "backup", "files", id, "0p1/etc")).isZero();
            assertThat(http.requests().getFirst().path()).isEqualTo("/v1/backups/" + id + "/files?path=0p1%2Fetc");
        }
        assertThat(screen.answers()).contains("0p1/etc/?[31mred").doesNotContain("\u001b");
        assertThat(screen.messages()).contains("more than these");
    }

    @Test
    void writesAFileOfABackupAsItIs() throws Exception {
        String id = "0198f1de-7c00-7000-8000-000000000001";
        try (CannedHttp http = new CannedHttp().answer(200, "no line's end")) {
            assertThat(run(http, "backup", "cat", id, "0p1/etc/a b")).isZero();
            assertThat(http.requests().getFirst().path())
                    .isEqualTo("/v1/backups/" + id + "/files/content?path=0p1%2Fetc%2Fa+b");
        }
        assertThat(screen.answers()).isEqualTo("no line's end");
    }

    @Test
    void printsIdsForScripts() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(200, "{\"items\":[{\"id\":\"1\"},{\"id\":\"2\"}]}")) {
            assertThat(run(http, "-o", "name", "vm", "list")).isZero();
        }
        assertThat(screen.answers()).isEqualTo("1\n2\n");
    }

    @Test
    void printsATableForPeople() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(200, "{\"items\":[" + VM + "]}")) {
            assertThat(run(http, "vm", "list")).isZero();
        }
        assertThat(screen.answers().lines().toList().get(0))
                .startsWith("NAME  STATE    CPUS  MEMORY   DISKS     ACCEL  AGE");
        assertThat(screen.answers().lines().toList().get(1))
                .startsWith("web   RUNNING  2     512 MiB  10+5 GiB  kvm    ");
    }

    @Test
    void resumesTheEventsThatABrokenConnectionCutOff() throws Exception {
        String event = """
                event: vm.changed
                id: 7-%d
                data: {"type":"vm.changed","at":"2026-11-21T12:00:00Z","object":{"kind":"vm","id":"v"},"data":{"name":"web"}}

                """;
        try (CannedHttp http = new CannedHttp().answer(200, event.formatted(1)).answer(200, event.formatted(2))) {
            assertThat(run(http, "event", "watch", "--count", "2")).isZero();
            assertThat(http.requests())
                    .extracting(CannedHttp.Request::lastEventId)
                    .containsExactly(Optional.empty(), Optional.of("7-1"));
        }
        assertThat(screen.answers()).isEqualTo("""
                        2026-11-21T12:00:00Z 7-1                  vm.changed         v name=web
                        2026-11-21T12:00:00Z 7-2                  vm.changed         v name=web
                        """);
    }

    @Test
    void sendsEverythingThatAVmWasAskedToBe() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"i\",\"name\":\"linux\"}]}")
                .answer(200, "{\"items\":[{\"id\":\"k\",\"name\":\"vmlinuz\"}]}")
                .answer(202, "{\"id\":\"op\",\"status\":\"RUNNING\",\"targetId\":\"v\"}")) {
            assertThat(run(
                            http,
                            "vm",
                            "create",
                            "web",
                            "--cpus",
                            "2",
                            "--memory",
                            "2G",
                            "--disk",
                            "image=linux,size=10",
                            "--disk",
                            "size=5",
                            "--kernel",
                            "vmlinuz",
                            "--cmdline",
                            "console=ttyS0 quiet",
                            "--accelerator",
                            "tcg",
                            "--autostart-order",
                            "7",
                            "--no-start",
                            "--no-wait"))
                    .isZero();
            assertThat(http.requests().getLast().text())
                    .isEqualTo("{\"name\":\"web\",\"vcpus\":2,\"memoryMiB\":2048,"
                            + "\"disks\":[{\"imageId\":\"i\",\"sizeGiB\":10},{\"sizeGiB\":5}],"
                            + "\"boot\":{\"kernelImageId\":\"k\",\"cmdline\":\"console=ttyS0 quiet\"},"
                            + "\"accelerator\":\"tcg\",\"autostart\":{\"order\":7},\"start\":false}");
        }
        assertThat(screen.answers()).isEqualTo("op\n");
    }

    @Test
    void cancelsAndSaysWhatThatDoes() throws Exception {
        String id = "019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11";
        String answer = """
                {"operationId":"%s","effect":"UNDOING","detail":"it has turned round","undo":["define","place"],
                "targetState":"DELETED","requestedAt":"2026-01-01T00:00:00Z","requestedBy":"tenant t"}""";
        try (CannedHttp http = new CannedHttp()
                .answer(200, answer.formatted(id))
                .answer(200, "{\"id\":\"" + id + "\",\"status\":\"CANCELLED\",\"endedAt\":\"2026-01-01T00:00:02Z\"}")) {
            assertThat(run(http, "op", "cancel", id)).isZero();
            assertThat(http.requests().getFirst().path()).isEqualTo("/v1/operations/" + id + "/cancel");
        }
        assertThat(screen.answers())
                .contains("define, place")
                .contains("DELETED")
                .contains("ended as CANCELLED");
    }

    @Test
    void uploadsAnImageWithItsDigestAndWithdrawsItWhenItIsRefused(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("disk"), "hello");
        String digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        try (CannedHttp http = new CannedHttp()
                .answer(201, "{\"id\":\"i\",\"state\":\"PENDING\"}")
                .answer(422, "{\"code\":\"IMAGE_INVALID\",\"detail\":\"not qcow2\"}")
                .answer(204, "")) {
            assertThat(run(http, "image", "create", "linux", "--format", "qcow2", "--file", file.toString()))
                    .isEqualTo(5);
            assertThat(http.requests())
                    .extracting(request -> request.method() + " " + request.path())
                    .containsExactly(
                            "POST /v1/images", "PUT /v1/images/i/content?sha256=" + digest, "DELETE /v1/images/i");
            assertThat(http.requests().get(0).text()).contains(digest);
            assertThat(http.requests().get(1).text()).isEqualTo("hello");
        }
        assertThat(screen.messages()).isEqualTo("error: IMAGE_INVALID: not qcow2\n");
    }

    @Test
    void staysWithAnImportUntilTheImageIsThere() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(201, "{\"id\":\"i\",\"state\":\"IMPORTING\"}")
                .answer(200, "{\"id\":\"i\",\"state\":\"IMPORTING\"}")
                .answer(200, "{\"id\":\"i\",\"state\":\"FAILED\",\"stateReason\":\"it is a web page\"}")) {
            assertThat(run(http, "image", "create", "x", "--format", "raw", "--source-url", "http://h/x"))
                    .isEqualTo(1);
        }
        assertThat(screen.messages()).startsWith("error: IMAGE_INVALID: it is a web page\n");
    }

    @Test
    void tellsProgramsAProblemAsADocument() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(401, "{\"code\":\"UNAUTHENTICATED\",\"detail\":\"no\"}")) {
            assertThat(run(http, "vm", "list", "-o", "json")).isEqualTo(4);
        }
        assertThat(screen.answers()).isEmpty();
        assertThat(screen.messages()).isEqualTo("{\"code\":\"UNAUTHENTICATED\",\"detail\":\"no\"}\n");
    }

    @Test
    void sendsTheCardsOfAVmAndWhatItsGuestIsTold(@TempDir Path directory) throws Exception {
        Path key = Files.writeString(directory.resolve("key.pub"), "# mine\nssh-ed25519 AAAA me\n\n");
        Path data = Files.writeString(directory.resolve("data"), "#cloud-config\n");
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"n\",\"name\":\"back\"}]}")
                .answer(200, "{\"items\":[{\"id\":\"g\",\"name\":\"web\"}]}")
                .answer(202, "{\"id\":\"op\",\"status\":\"RUNNING\",\"targetId\":\"v\"}")) {
            assertThat(run(
                            http,
                            "vm",
                            "create",
                            "web",
                            "--cpus",
                            "1",
                            "--memory",
                            "64",
                            "--nic",
                            "network=back,address=10.0.0.5,group=web,in=1000",
                            "--ssh-key",
                            key.toString(),
                            "--user-data",
                            data.toString(),
                            "--hostname",
                            "www",
                            "--no-wait"))
                    .isZero();
            assertThat(http.requests().getLast().text())
                    .isEqualTo("{\"name\":\"web\",\"vcpus\":1,\"memoryMiB\":64,\"disks\":[],"
                            + "\"nics\":[{\"networkId\":\"n\",\"address\":\"10.0.0.5\",\"securityGroupIds\":[\"g\"],"
                            + "\"qos\":{\"inKbits\":1000}}],\"hostname\":\"www\",\"sshKeys\":[\"ssh-ed25519 AAAA me\"],"
                            + "\"userDataBase64\":\"I2Nsb3VkLWNvbmZpZwo=\",\"start\":true}");
        }
    }

    @Test
    void namesTheFirstStopOfAPacketAndFails() throws Exception {
        String hop = "{\"place\":\"routing\",\"verdict\":\"DROP\",\"stop\":\"ROUTE_MISSING\",\"detail\":\"no router\"}";
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"v\",\"name\":\"web\"}]}")
                .answer(200, "{\"id\":\"v\",\"nics\":[{\"id\":\"c\"}]}")
                .answer(
                        200,
                        "{\"from\":\"10.0.0.5\",\"to\":\"192.0.2.1\",\"passes\":false,\"summary\":\"no router leads there\","
                                + "\"hops\":[{\"place\":\"security groups\",\"verdict\":\"PASS\",\"detail\":\"rule 1\"},"
                                + hop
                                + "],\"stoppedBy\":" + hop + "}")) {
            assertThat(run(http, "net", "trace", "--from", "web", "--to", "192.0.2.1", "--port", "443"))
                    .isEqualTo(1);
            assertThat(http.requests().getLast().path()).isEqualTo("/v1/network-traces");
            assertThat(http.requests().getLast().text())
                    .isEqualTo("{\"fromNicId\":\"c\",\"toAddress\":\"192.0.2.1\",\"port\":443}");
        }
        assertThat(screen.answers())
                .startsWith("10.0.0.5 to 192.0.2.1: no router leads there\n")
                .contains("\n>  routing          DROP");
        assertThat(screen.messages()).startsWith("error: STOPPED: no router leads there");
    }

    @Test
    void findsAFloatingIpByItsAddressAndTheSecondCardOfAVm() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"v\",\"name\":\"web\"}]}")
                .answer(200, "{\"id\":\"v\",\"nics\":[{\"id\":\"c0\"},{\"id\":\"c1\"}]}")
                .answer(200, "{\"items\":[{\"id\":\"f\",\"address\":\"203.0.113.9\"}]}")
                .answer(200, "{\"id\":\"f\",\"address\":\"203.0.113.9\",\"fixedAddress\":\"10.0.0.5\"}")) {
            assertThat(run(http, "fip", "assign", "203.0.113.9", "web:1")).isZero();
            assertThat(http.requests().get(2).path()).startsWith("/v1/floating-ips?address=203.0.113.9&");
            assertThat(http.requests().getLast().method()).isEqualTo("PUT");
            assertThat(http.requests().getLast().path()).isEqualTo("/v1/floating-ips/f");
            assertThat(http.requests().getLast().text()).isEqualTo("{\"nicId\":\"c1\"}");
        }
        assertThat(screen.answers()).isEqualTo("floating IP 203.0.113.9 leads to 10.0.0.5\n");
    }

    @Test
    void putsARouterIntoTheOnlySubnetOfANetwork() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"r\",\"name\":\"edge\"}]}")
                .answer(200, "{\"items\":[{\"id\":\"n\",\"name\":\"back\"}]}")
                .answer(200, "{\"items\":[{\"id\":\"s\",\"cidr\":\"10.0.0.0/24\"}]}")
                .answer(200, "{\"id\":\"r\",\"name\":\"edge\"}")) {
            assertThat(run(http, "router", "subnet", "add", "edge", "back")).isZero();
            assertThat(http.requests().getLast().path()).isEqualTo("/v1/routers/r/subnets/s");
        }
    }

    @Test
    void refusesANetworkWithSeveralSubnetsWhereOneIsMeant() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"n\",\"name\":\"back\"}]}")
                .answer(
                        200,
                        "{\"items\":[{\"id\":\"s\",\"cidr\":\"10.0.0.0/24\"},{\"id\":\"t\",\"cidr\":\"fd00::/64\"}]}")) {
            assertThat(run(http, "net", "subnet", "delete", "back")).isEqualTo(2);
        }
        assertThat(screen.messages()).contains("10.0.0.0/24, fd00::/64");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vm lst",
                "vm list --wat",
                "vm create web",
                "vm create web --cpus x --memory 1",
                "vm create web --cpus 1 --memory 1 --disk big",
                "vm create web --cpus 1 --memory 1 --initrd x",
                "vm stop web --mode kindly",
                "image create x --format raw",
                "image create x --format raw --file a --source-url b",
                "vm create web --cpus 1 --memory 1 --nic back",
                "vm create web --cpus 1 --memory 1 --nic address=10.0.0.1",
                "net create x --vlan 7",
                "net subnet ad",
                "op show web",
                "completion fish"
            })
    void refusesAWrongCommandLineWithStatusTwo(String line) throws Exception {
        try (CannedHttp http = new CannedHttp().answer(500, "")) {
            assertThat(run(http, line.split(" "))).isEqualTo(2);
            assertThat(http.requests()).isEmpty();
        }
        assertThat(screen.messages()).startsWith("error: USAGE: ").hasLineCount(2);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpsWithAnExample(String group, String command) {
        CommandLine line = subcommand(group, command, "--help");
        assertThat(line.getUsageMessage()).contains("Example:\n  ").contains("yado " + (group + " " + command).strip());
    }

    /** Only the command that runs is put in, for speed; nobody may notice. */
    @ParameterizedTest
    @MethodSource("commands")
    void isTheSameAloneAsAmongAllOthers(String group, String command) {
        String alone = subcommand(
                        group, command, (group + " " + command).strip().split(" "))
                .getUsageMessage();
        assertThat(alone).isEqualTo(subcommand(group, command, "--help").getUsageMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void completesInAShell(String shell, @TempDir Path directory) throws Exception {
        assertThat(Main.run(
                        new String[] {"completion", shell},
                        environment,
                        InputStream.nullInputStream(),
                        screen.screen()))
                .isZero();
        Path script =
                Files.writeString(directory.resolve("script"), screen.answers().replaceAll("(?m)^autoload.*$", ""));
        String probe = "source " + script
                + "; COMP_WORDS=(yado vm cr); COMP_CWORD=2; _complete_yado; echo \"${COMPREPLY[*]}\"";
        Process bash = new ProcessBuilder("bash", "-c", probe)
                .redirectErrorStream(true)
                .start();
        assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("create");
        assertThat(bash.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private int run(CannedHttp http, String... arguments) {
        environment.put("YADO_URL", http.url().toString());
        environment.put("YADO_TOKEN", "secret");
        return Main.run(arguments, environment, InputStream.nullInputStream(), screen.screen());
    }

    private CommandLine subcommand(String group, String command, String... arguments) {
        GlobalOptions options = new GlobalOptions();
        CommandLine line = Main.commandLine(
                options, new Session(options, environment, InputStream.nullInputStream(), screen.screen()), arguments);
        for (String name : (group + " " + command).strip().split(" ")) {
            line = Objects.requireNonNull(line.getSubcommands().get(name));
        }
        return line;
    }

    private static Stream<String[]> commands() {
        GlobalOptions options = new GlobalOptions();
        CommandLine top = Main.commandLine(
                options,
                new Session(options, Map.of(), InputStream.nullInputStream(), new TestScreen(false).screen()),
                new String[0]);
        return top.getSubcommands().entrySet().stream().flatMap(entry -> {
            Stream<String> below = entry.getValue().getSubcommands().entrySet().stream()
                    .flatMap(each -> each.getValue().getSubcommands().isEmpty()
                            ? Stream.of(each.getKey())
                            : each.getValue().getSubcommands().keySet().stream()
                                    .map(last -> each.getKey() + " " + last));
            return entry.getValue().getSubcommands().isEmpty()
                    ? Stream.<String[]>of(new String[] {entry.getKey(), ""})
                    : below.map(name -> new String[] {entry.getKey(), name});
        });
    }
}
