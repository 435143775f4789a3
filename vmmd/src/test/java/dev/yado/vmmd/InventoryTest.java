package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Cause;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.HostInventory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The daemon looks every second; somebody tampers with what is its own, or puts something beside it. */
@Tag("guest")
class InventoryTest {
    private TestingHost host;
    private @Nullable Process beside;

    @BeforeEach
    void startHost() throws IOException {
        host = TestingHost.start("--inventory-seconds", "1");
    }

    @AfterEach
    void endHost() throws IOException {
        if (beside != null) {
            beside.destroyForcibly().onExit().join();
        }
        host.close();
    }

    @Test
    void recordsThatSomebodyChangedAreAsTheyWere() throws Exception {
        VmSpec spec = running();
        VmSpec other = running();
        Path record = host.vmDirectory(spec.id()).resolve("memory.json");
        String written = Files.readString(record);

        Files.writeString(record, written.replace("guest, of a test", "another name"));
        healed(DriftKind.SPEC_EDITED, spec.id());
        Files.delete(record);
        healed(DriftKind.SPEC_MISSING, spec.id());
        Files.writeString(record, "{");
        healed(DriftKind.SPEC_DAMAGED, spec.id());
        Files.copy(
                host.vmDirectory(other.id()).resolve("memory.json"),
                record,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        healed(DriftKind.SPEC_OF_ANOTHER_VM, spec.id());
        Files.writeString(host.vmDirectory(spec.id()).resolve("journal.json"), "rubbish");
        healed(DriftKind.JOURNAL_CHANGED, spec.id());

        assertThat(Files.readString(record)).isEqualTo(written);
        host.killDaemon();
        host.startDaemon();
        host.awaitState(spec.id(), ObservedState.RUNNING);
    }

    @Test
    void aHaltedGuestGoesOn() throws Exception {
        VmSpec spec = running();
        signal("STOP", host.pid(spec.id()));

        healed(DriftKind.GUEST_HALTED, spec.id());
        long beats = beats(spec.id());
        await("the guest's counter goes on").until(() -> beats(spec.id()) > beats + 2);
    }

    @Test
    void aGuestPausedOverItsSocketWhileNobodyLookedRunsAgain() throws Exception {
        VmSpec spec = running();
        host.killDaemon();
        try (var qmp = java.nio.channels.SocketChannel.open(
                java.net.UnixDomainSocketAddress.of(host.vmDirectory(spec.id()).resolve("sock/qmp")))) {
            qmp.write(ByteBuffer.wrap("{\"execute\":\"qmp_capabilities\"}{\"execute\":\"stop\"}".getBytes()));
            ByteBuffer said = ByteBuffer.allocate(8192);
            await("QEMU says STOP").until(() -> {
                qmp.read(said);
                return new String(said.array(), 0, said.position()).contains("\"STOP\"");
            });
        }
        host.startDaemon();

        healed(DriftKind.GUEST_PAUSED_UNASKED, spec.id());
        host.awaitState(spec.id(), ObservedState.RUNNING);
        await("the pause is told")
                .until(() -> host.controller().disruptions(spec.id()).stream()
                        .map(Disruption::kind)
                        .toList()
                        .equals(List.of(Disruption.Kind.UNASKED_PAUSE)));
    }

    @Test
    void aDiskThatIsGoneIsNotMadeAnew() throws Exception {
        VmSpec spec = running();
        VmSpec stopped = TestingHost.stopped(spec);
        host.put(stopped);
        Path disk = disk(spec);
        Path elsewhere = host.state().resolveSibling("kept.qcow2");
        Files.move(disk, elsewhere);
        open(DriftKind.DISK_MISSING, spec.id());

        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);
        host.awaitCause(spec.id(), ObservedState.FAILED, Cause.Code.START_FAILED);
        assertThat(disk).doesNotExist();

        Files.move(elsewhere, disk);
        gone(DriftKind.DISK_MISSING, spec.id());
        host.put(TestingHost.startedAgain(again));
        host.awaitState(spec.id(), ObservedState.RUNNING);
    }

    @Test
    void aDiskCutShortOrReplacedIsTold() throws Exception {
        VmSpec spec = running();
        host.put(TestingHost.stopped(spec));
        Path disk = disk(spec);
        byte[] content = Files.readAllBytes(disk);
        looked();
        try (FileChannel file = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            file.truncate(1000);
        }
        open(DriftKind.DISK_DAMAGED, spec.id());
        Files.write(disk, content);
        gone(DriftKind.DISK_DAMAGED, spec.id());

        Path copy = disk.resolveSibling(disk.getFileName() + ".new");
        Files.write(copy, content);
        Files.move(copy, disk, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        open(DriftKind.DISK_REPLACED, spec.id());
    }

    @Test
    void aDiskRemovedUnderARunningGuestIsToldWithWhereItStillIs() throws Exception {
        VmSpec spec = running();
        looked();
        Files.delete(disk(spec));

        DriftFinding finding = open(DriftKind.DISK_DELETED_IN_USE, spec.id());

        assertThat(finding.real()).contains("/proc/" + host.pid(spec.id()) + "/fd/");
        long beats = beats(spec.id());
        await("the guest runs on").until(() -> beats(spec.id()) > beats + 2);
    }

    @Test
    void anImageThatWasChangedIsFetchedAgain() throws Exception {
        VmSpec spec = running();
        looked();
        Path image = onlyImage();
        byte[] content = Files.readAllBytes(image);
        image.toFile().setWritable(true);
        byte[] changed = content.clone();
        changed[changed.length - 1] ^= 1;
        Files.write(image, changed);

        healed(DriftKind.IMAGE_CHANGED, null);

        assertThat(Files.readAllBytes(onlyImage())).isEqualTo(content);
        assertThat(host.pid(spec.id())).isPositive();
    }

    @Test
    void filesOfNobodyAreToldAndLeft() throws Exception {
        VmSpec spec = running();
        Path inPool = Files.writeString(host.state().resolve("pool/images/notes.txt"), "mine");
        Path besideVm = Files.writeString(host.vmDirectory(spec.id()).resolve("dump.raw"), "mine");

        await("both are told")
                .atMost(TestingHost.PATIENCE)
                .until(() -> Stream.of("notes.txt", "dump.raw")
                        .allMatch(name -> last().open().stream()
                                .anyMatch(found -> found.kind() == DriftKind.STRAY_FILE
                                        && found.object().endsWith(name))));
        assertThat(inPool).exists();
        assertThat(besideVm).exists();
    }

    @Test
    void aSecondQemuOfAVmIsToldAndLeft() throws Exception {
        VmSpec spec = running();
        Process second = qemu("-uuid", spec.id().toString());
        beside = second;

        DriftFinding finding = open(DriftKind.SECOND_PROCESS, spec.id());

        assertThat(finding.object()).contains("process " + second.pid());
        assertThat(second.isAlive()).isTrue();
    }

    @Test
    void aForeignQemuIsToldWithoutItsSecretsAndLeft() throws Exception {
        Process foreign = qemu("-name", "somebody-else", "-object", "secret,id=s,data=geheim");
        beside = foreign;

        DriftFinding finding = await("the foreign process")
                .atMost(TestingHost.PATIENCE)
                .until(
                        () -> last().open().stream()
                                .filter(found -> found.object().contains("process " + foreign.pid() + " "))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();

        assertThat(finding.kind()).isEqualTo(DriftKind.FOREIGN_PROCESS);
        assertThat(finding.real()).contains("somebody-else").doesNotContain("geheim");
        assertThat(foreign.isAlive()).isTrue();
    }

    @Test
    void guestsOfAnotherDaemonAreNotForeign() throws Exception {
        try (TestingHost neighbour = TestingHost.start("--inventory-seconds", "1")) {
            VmSpec theirs = neighbour.spec(neighbour.images().obedientGuest());
            neighbour.put(theirs);
            neighbour.awaitState(theirs.id(), ObservedState.RUNNING);
            beside = qemu("-name", "told-after");
            await("a process that is younger was told")
                    .atMost(TestingHost.PATIENCE)
                    .until(() -> last().open().stream()
                            .anyMatch(found -> found.real().contains("told-after")));

            assertThat(last().open())
                    .noneMatch(found -> found.real().contains(theirs.id().toString()));
        }
    }

    @Test
    void socketsAndTombstonesThatAreGoneAreTold() throws Exception {
        VmSpec spec = running();
        VmSpec deleted = running();
        host.delete(deleted);
        looked();
        Files.delete(host.vmDirectory(spec.id()).resolve("sock/qmp"));
        Files.delete(host.state().resolve("tombstones/" + deleted.id() + ".json"));

        open(DriftKind.SOCKET_MISSING, spec.id());
        healed(DriftKind.TOMBSTONE_MISSING, deleted.id());
        assertThat(host.state().resolve("tombstones/" + deleted.id() + ".json")).exists();
    }

    private static Process qemu(String... options) throws IOException {
        List<String> command =
                new java.util.ArrayList<>(List.of("qemu-system-x86_64", "-machine", "none", "-display", "none", "-S"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor(10, TimeUnit.SECONDS))
                .isTrue();
    }

    private Path disk(VmSpec spec) {
        return host.vmDirectory(spec.id())
                .resolve("disks/" + spec.shape().disks().getFirst().id() + ".qcow2");
    }

    private Path onlyImage() throws IOException {
        try (Stream<Path> files = Files.list(host.state().resolve("pool/images"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private long beats(VmId id) throws IOException {
        return Files.size(host.vmDirectory(id).resolve("serial1.log")) / 9;
    }

    private VmSpec running() {
        VmSpec spec = host.spec(host.images().obedientGuest());
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        host.awaitSerial(spec.id(), 0, "obedient: hello");
        return spec;
    }

    /** The newest that is known of the host. */
    private HostInventory.Contents last() {
        return host.controller().inventories().reversed().stream()
                .map(HostInventory::contents)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .orElse(new HostInventory.Contents(List.of(), List.of(), List.of(), List.of()));
    }

    /** Twice looked, so that the second time all was as it is now. */
    private void looked() {
        int before = host.controller().inventories().size();
        await("two looks")
                .atMost(TestingHost.PATIENCE)
                .until(() -> host.controller().inventories().size() >= before + 2);
    }

    private DriftFinding open(DriftKind kind, VmId vm) {
        return await(kind + " of " + vm)
                .atMost(TestingHost.PATIENCE)
                .until(
                        () -> last().open().stream()
                                .filter(found -> found.kind() == kind && vm.equals(found.vm()))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private void gone(DriftKind kind, VmId vm) {
        await(kind + " of " + vm + " is over")
                .atMost(TestingHost.PATIENCE)
                .until(() -> last().open().stream().noneMatch(found -> found.kind() == kind && vm.equals(found.vm())));
    }

    private void healed(DriftKind kind, @Nullable VmId vm) {
        await(kind + " of " + vm + " is healed")
                .atMost(TestingHost.PATIENCE)
                .until(() -> host.controller().inventories().stream()
                        .map(HostInventory::contents)
                        .flatMap(Stream::ofNullable)
                        .flatMap(contents -> contents.healed().stream())
                        .anyMatch(found -> found.kind() == kind && java.util.Objects.equals(vm, found.vm())));
    }
}
