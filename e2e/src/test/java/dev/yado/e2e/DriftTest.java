package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Somebody tampers with a real cloud in every way at once: each appears in the ledger within a minute, and a named rule heals it or
 * keeps it from doing harm. The table is printed.
 */
@Tag("guest")
class DriftTest {
    private static final Duration SEEN_WITHIN = Duration.ofSeconds(60);
    private static final Duration HEALED_WITHIN = Duration.ofSeconds(90);

    private static Api tenant;
    private static final List<Process> beside = new ArrayList<>();
    private static final Map<String, Tampering> tamperings = new LinkedHashMap<>();
    private static final Map<String, Vm> vms = new LinkedHashMap<>();

    /** @param mine tells this one's entry from others of its kind */
    private record Tampering(String what, String kind, Instant at, Predicate<JsonNode> mine, boolean heals) {}

    private interface Deed {
        void run() throws Exception;
    }

    @BeforeAll
    static void aCloudWithGuests() {
        tenant = Cloud.shared().admin().newTenant("drift");
    }

    @AfterAll
    static void putInOrder() {
        beside.forEach(process -> process.destroyForcibly().onExit().join());
        vms.values().forEach(vm -> {
            if (tenant.call("GET", "/v1/vms/" + vm.id(), null).status() == 200) {
                vm.delete();
            }
        });
    }

    @Test
    void everyTamperingAppearsWithinAMinuteAndIsHealedOrQuarantinedByANamedRule() throws Exception {
        create("killed", "halted", "doubled", "unlinked", "swapped", "edited", "unspecced", "copied", "garbled");
        create("unallocated", "unknown", "moved", "epoch", "observed", "paused");
        createStopped("diskless", "cut", "lowered", "raised", "buried");
        String image = bootImage();

        pauseBehindTheDaemonsBack("paused");
        processes();
        files(image);
        rows();

        Map<String, JsonNode> seen = new LinkedHashMap<>();
        Map<String, Long> after = new LinkedHashMap<>();
        await("all " + tamperings.size() + " tamperings in the ledger")
                .atMost(SEEN_WITHIN)
                .untilAsserted(() -> {
                    collect(seen, after);
                    assertThat(seen.keySet()).containsAll(tamperings.keySet());
                });
        removeTheUnknownGuest(entry(seen, "GUEST_WITHOUT_ROW"));
        await("what heals is healed").atMost(HEALED_WITHIN).untilAsserted(() -> {
            collect(seen, after);
            assertThat(tamperings.values().stream()
                            .filter(Tampering::heals)
                            .filter(each -> !entry(seen, each.kind())
                                    .get("status")
                                    .asString()
                                    .equals("HEALED")))
                    .isEmpty();
        });

        print(seen, after);
        assertThat(tamperings).hasSizeGreaterThanOrEqualTo(20);
        assertThat(after)
                .allSatisfy((kind, seconds) -> assertThat(seconds).as(kind).isLessThanOrEqualTo(60));
        tamperings.values().stream()
                .filter(each -> !each.heals())
                .forEach(each -> assertThat(
                                entry(seen, each.kind()).get("status").asString())
                        .as(each.kind())
                        .isEqualTo("QUARANTINED"));
        nothingWasTouchedThatIsNotOurs();
    }

    private void processes() throws Exception {
        tamper("kill -9 a QEMU", "GUEST_ENDED_UNASKED", ofVm("killed"), false, () -> signal("KILL", qemu("killed")));
        tamper("SIGSTOP a QEMU", "GUEST_HALTED", ofVm("halted"), true, () -> signal("STOP", qemu("halted")));
        tamper(
                "start a foreign QEMU",
                "FOREIGN_PROCESS",
                real("drift-foreigner"),
                false,
                () -> qemuBeside("-name", "drift-foreigner"));
        tamper(
                "start a second QEMU of a VM",
                "SECOND_PROCESS",
                ofVm("doubled"),
                false,
                () -> qemuBeside("-uuid", vm("doubled").id()));
        if (hasCgroups("edited")) {
            tamper(
                    "move a QEMU out of its control group",
                    "CGROUP_LEFT",
                    ofVm("edited"),
                    true,
                    () -> Files.writeString(
                            Path.of("/sys/fs/cgroup/memory/cgroup.procs"), Long.toString(qemu("edited"))));
        }
    }

    private void files(String image) throws Exception {
        tamper(
                "remove the disk of a stopped VM",
                "DISK_MISSING",
                ofVm("diskless"),
                false,
                () -> Files.delete(disk("diskless")));
        tamper(
                "remove the disk of a running VM",
                "DISK_DELETED_IN_USE",
                ofVm("unlinked"),
                false,
                () -> Files.delete(disk("unlinked")));
        tamper("cut a disk short", "DISK_DAMAGED", ofVm("cut"), false, () -> {
            try (FileChannel file = FileChannel.open(disk("cut"), StandardOpenOption.WRITE)) {
                file.truncate(1000);
            }
        });
        tamper("put another file in place of an open disk", "DISK_REPLACED_IN_USE", ofVm("swapped"), false, () -> {
            Path copy = disk("swapped").resolveSibling(disk("swapped").getFileName() + ".new");
            Files.copy(disk("swapped"), copy);
            Files.move(copy, disk("swapped"), StandardCopyOption.REPLACE_EXISTING);
        });
        tamper(
                "put a file into the pool",
                "STRAY_FILE",
                object("drift-stray"),
                false,
                () -> Files.writeString(host("host-1").resolve("pool/images/drift-stray.txt"), "mine"));
        tamper("change a cached image", "IMAGE_CHANGED", object(image), true, () -> {
            Path file = anyHostWith("pool/images/" + image);
            byte[] content = Files.readAllBytes(file);
            content[content.length - 3] ^= 1;
            file.toFile().setWritable(true);
            Files.write(file, content);
        });
        tamper("edit a spec", "SPEC_EDITED", ofVm("edited"), true, () -> {
            Path file = directory("edited").resolve("memory.json");
            Files.writeString(file, Files.readString(file).replace("\"vcpus\":1", "\"vcpus\":2"));
        });
        tamper(
                "remove a spec",
                "SPEC_MISSING",
                ofVm("unspecced"),
                true,
                () -> Files.delete(directory("unspecced").resolve("memory.json")));
        tamper(
                "copy another VM's spec in",
                "SPEC_OF_ANOTHER_VM",
                ofVm("copied"),
                true,
                () -> Files.copy(
                        directory("unlinked").resolve("memory.json"),
                        directory("copied").resolve("memory.json"),
                        StandardCopyOption.REPLACE_EXISTING));
        tamper(
                "write rubbish into a spec",
                "SPEC_DAMAGED",
                ofVm("garbled"),
                true,
                () -> Files.writeString(directory("garbled").resolve("memory.json"), "{"));
        tamper(
                "write rubbish into a journal",
                "JOURNAL_CHANGED",
                ofVm("halted"),
                true,
                () -> Files.writeString(directory("halted").resolve("journal.json"), "rubbish"));
        tamper(
                "remove QEMU's socket",
                "SOCKET_MISSING",
                ofVm("doubled"),
                false,
                () -> Files.delete(directory("doubled").resolve("sock/qmp")));
        Path tombstones = hostOf("buried").resolve("tombstones");
        String buried = vm("buried").id();
        vm("buried").delete();
        tamper(
                "remove a tombstone",
                "TOMBSTONE_MISSING",
                ofVm("buried"),
                true,
                () -> Files.delete(tombstones.resolve(buried + ".json")));
    }

    private void rows() throws Exception {
        try (Database database = new Database(Cloud.shared().state())) {
            tamper(
                    "remove an allocation",
                    "ALLOCATION_MISSING",
                    ofVm("unallocated"),
                    true,
                    () -> database.change("DELETE FROM allocation WHERE vm_id = ?", uuid("unallocated")));
            tamper("remove a VM's rows", "GUEST_WITHOUT_ROW", ofVm("unknown"), true, () -> {
                database.change("DELETE FROM allocation WHERE vm_id = ?", uuid("unknown"));
                database.change("DELETE FROM vm WHERE id = ?", uuid("unknown"));
            });
            tamper(
                    "move an allocation to the other host",
                    "ALLOCATION_MOVED",
                    ofVm("moved"),
                    true,
                    () -> database.change(
                            "UPDATE allocation SET host_id = (SELECT id FROM host h WHERE h.id <> allocation.host_id LIMIT 1) WHERE vm_id = ?",
                            uuid("moved")));
            tamper(
                    "lower a run epoch",
                    "EPOCH_LOWERED",
                    ofVm("epoch"),
                    true,
                    () -> database.change("UPDATE vm SET run_epoch = 0 WHERE id = ?", uuid("epoch")));
            tamper(
                    "lower a generation",
                    "GENERATION_LOWERED",
                    ofVm("lowered"),
                    true,
                    () -> database.change("UPDATE vm SET generation = 1 WHERE id = ?", uuid("lowered")));
            tamper(
                    "raise a generation",
                    "HOST_NOT_TOLD",
                    ofVm("raised"),
                    true,
                    () -> database.change("UPDATE vm SET generation = generation + 7 WHERE id = ?", uuid("raised")));
            tamper(
                    "edit what was observed",
                    "OBSERVED_EDITED",
                    ofVm("observed"),
                    true,
                    () -> database.change("UPDATE vm SET observed_state = 'STOPPED' WHERE id = ?", uuid("observed")));
        }
    }

    /** The daemon holds QEMU's only conversation, so it has to die first. */
    private void pauseBehindTheDaemonsBack(String name) throws Exception {
        String host = String.valueOf(hostOf(name).getFileName());
        Path socket = directory(name).resolve("sock/qmp");
        tamper("pause a guest over QMP", "GUEST_PAUSED_UNASKED", ofVm(name), true, () -> {
            Cloud.shared().service(host).destroyForcibly();
            Path shorter =
                    Files.createSymbolicLink(Files.createTempDirectory("q").resolve("s"), socket.getParent());
            try (SocketChannel qmp = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                qmp.connect(UnixDomainSocketAddress.of(shorter.resolve("qmp")));
                qmp.write(ByteBuffer.wrap("{\"execute\":\"qmp_capabilities\"}{\"execute\":\"stop\"}"
                        .getBytes(StandardCharsets.US_ASCII)));
                ByteBuffer said = ByteBuffer.allocate(16 << 10);
                await("QEMU says STOP").atMost(Duration.ofSeconds(20)).until(() -> {
                    qmp.read(said);
                    return new String(said.array(), 0, said.position(), StandardCharsets.US_ASCII).contains("\"STOP\"");
                });
            } finally {
                Files.delete(shorter);
                Files.delete(shorter.getParent());
            }
        });
        // Only a daemon that is up and has looked can say so: what is done to files from here on is done under its
        // eyes.
        await("the next daemon has looked").atMost(SEEN_WITHIN).untilAsserted(() -> {
            Map<String, JsonNode> seen = new LinkedHashMap<>();
            collect(seen, new LinkedHashMap<>());
            assertThat(seen).containsKey("GUEST_PAUSED_UNASKED");
        });
    }

    private static void removeTheUnknownGuest(JsonNode entry) {
        assertThat(entry.get("status").asString()).isEqualTo("QUARANTINED");
        assertThat(Cloud.shared().qemus(entry.get("vmId").asString())).hasSize(1);
        Cloud.shared().admin().post("/v1/drift/" + entry.get("id").asString() + "/resolve", Map.of("action", "REMOVE"));
    }

    private static void nothingWasTouchedThatIsNotOurs() {
        assertThat(beside).allMatch(Process::isAlive);
        assertThat(host("host-1").resolve("pool/images/drift-stray.txt")).exists();
        assertThat(Cloud.shared().qemus(vm("unlinked").id())).hasSize(1);
        assertThat(disk("diskless")).doesNotExist();
        JsonNode why = tenant.get("/v1/vms/" + vm("killed").id() + "/why");
        // A daemon that was restarted meanwhile cannot read the exit status of a process that was another one's child.
        assertThat(why.get("summary").asString())
                .contains("CRASHED", "start it")
                .containsAnyOf("PROCESS_KILLED", "PROCESS_VANISHED");
        assertThat(why.toString()).contains("\"source\":\"DRIFT\"").doesNotContain("/proc/");
        System.out.println(why.toPrettyString());
    }

    private static void collect(Map<String, JsonNode> seen, Map<String, Long> after) {
        JsonNode entries =
                Cloud.shared().admin().get("/v1/drift?healed=true&limit=1000").get("items");
        for (Tampering tampering : tamperings.values()) {
            for (JsonNode entry : entries) {
                if (entry.get("kind").asString().equals(tampering.kind())
                        && tampering.mine().test(entry)) {
                    after.computeIfAbsent(
                            tampering.kind(),
                            _ -> Duration.between(tampering.at(), Instant.now()).toSeconds());
                    seen.put(tampering.kind(), entry);
                    break;
                }
            }
        }
    }

    private static void print(Map<String, JsonNode> seen, Map<String, Long> after) {
        System.out.printf("%-45s %-22s %6s  %-20s %s%n", "tampering", "kind", "seen s", "rule", "outcome");
        tamperings.values().forEach(each -> {
            JsonNode entry = entry(seen, each.kind());
            System.out.printf(
                    "%-45s %-22s %6d  %-20s %s%n",
                    each.what(),
                    each.kind(),
                    after.get(each.kind()),
                    entry.get("rule").asString(),
                    entry.get("status").asString()
                            + entry.path("healedBy")
                                    .asStringOpt()
                                    .map(by -> " by " + by)
                                    .orElse(""));
        });
    }

    private static void tamper(String what, String kind, Predicate<JsonNode> mine, boolean heals, Deed deed)
            throws Exception {
        tamperings.put(kind, new Tampering(what, kind, Instant.now(), mine, heals));
        deed.run();
    }

    private static Predicate<JsonNode> ofVm(String name) {
        String id = vm(name).id();
        return entry -> entry.path("vmId").asString("").equals(id);
    }

    private static Predicate<JsonNode> object(String part) {
        return entry -> entry.get("object").asString().contains(part);
    }

    private static Predicate<JsonNode> real(String part) {
        return entry -> entry.get("real").asString().contains(part);
    }

    private static void create(String... names) {
        for (String name : names) {
            make(name, true);
        }
    }

    private static void createStopped(String... names) {
        for (String name : names) {
            make(name, false);
        }
        // A second generation, so that there is a lower one.
        vm("lowered").done("start", Map.of());
        vm("lowered").done("stop", Map.of("mode", "hard"));
    }

    private static void make(String name, boolean start) {
        Map<String, Object> request = Vm.request("drift-" + name);
        request.put("memoryMiB", 32);
        request.put("accelerator", "tcg");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1)));
        request.put("start", start);
        vms.put(name, Vm.create(tenant, request));
    }

    private static Vm vm(String name) {
        return Optional.ofNullable(vms.get(name)).orElseThrow();
    }

    private static UUID uuid(String name) {
        return UUID.fromString(vm(name).id());
    }

    private static long qemu(String name) {
        return Cloud.shared().qemu(vm(name).id()).pid();
    }

    private static void signal(String signal, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                        .start()
                        .waitFor(10, TimeUnit.SECONDS))
                .isTrue();
    }

    private static void qemuBeside(String... options) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("qemu-system-x86_64", "-machine", "none", "-display", "none", "-S"));
        command.addAll(List.of(options));
        beside.add(new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    private static boolean hasCgroups(String name) throws IOException {
        return Files.readString(Path.of("/proc/" + qemu(name) + "/cgroup")).contains("memory:/yado/");
    }

    private static Path host(String name) {
        return Cloud.shared().state().resolve("hosts").resolve(name);
    }

    private static Path anyHostWith(String path) {
        return Cloud.hosts().stream()
                .map(name -> host(name).resolve(path))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode entry(Map<String, JsonNode> seen, String kind) {
        return Optional.ofNullable(seen.get(kind)).orElseThrow();
    }

    private static Path hostOf(String name) {
        String id = vm(name).id();
        return Cloud.hosts().stream()
                .map(DriftTest::host)
                .filter(host -> Files.exists(host.resolve("vms").resolve(id)))
                .findFirst()
                .orElseThrow();
    }

    private static Path directory(String name) {
        return anyHostWith("vms/" + vm(name).id());
    }

    private static Path disk(String name) {
        String id = vm(name).show().at("/disks/0/id").asString();
        return directory(name).resolve("disks/" + id + ".qcow2");
    }

    /** The file name of the boot sector's image on the hosts. */
    private static String bootImage() {
        return Cloud.shared()
                        .admin()
                        .get("/v1/images/" + Images.shared().bootSector())
                        .get("sha256")
                        .asString()
                + ".raw";
    }
}
