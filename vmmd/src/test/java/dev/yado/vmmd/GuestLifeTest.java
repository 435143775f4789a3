package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One guest's life, from its spec to the last file. */
@Tag("guest")
class GuestLifeTest {
    private static TestingHost host;

    @BeforeAll
    static void startHost() throws IOException {
        host = TestingHost.start();
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void runsTheGuestOfASpec() {
        VmSpec spec = host.spec(host.images().obedientGuest());
        host.put(spec);
        host.awaitSerial(spec.id(), 0, "obedient: hello");
        VmReport report = host.awaitState(spec.id(), ObservedState.RUNNING);
        assertThat(report.generation()).isEqualTo(1);
        assertThat(report.runEpoch()).isEqualTo(1);
        assertThat(report.machineType()).startsWith("pc-q35-");
        host.delete(spec);
    }

    @Test
    void hardStopAnswersWhenTheProcessIsGone() {
        VmSpec spec = running();
        VmReport report = host.put(TestingHost.stopped(spec));
        assertThat(host.guests()).isEmpty();
        assertThat(report.state()).isEqualTo(ObservedState.STOPPED);
        assertThat(report.cause()).extracting(Cause::code).isEqualTo(Cause.Code.REQUESTED);
        host.delete(TestingHost.stopped(spec));
    }

    @Test
    void aGuestInheritsNothingOfTheDaemon() throws IOException {
        VmSpec spec = running();

        Set<String> ofGuest = open(host.pid(spec.id()));
        Set<String> ofDaemon = open(host.daemon().pid());

        assertThat(ofGuest).contains("/dev/null").anyMatch(file -> file.endsWith("qemu.log"));
        // What is in memory has no name that tells one from another.
        assertThat(ofGuest)
                .filteredOn(file -> !file.startsWith("anon_inode:"))
                .filteredOn(ofDaemon::contains)
                .isSubsetOf("/dev/null", "/dev/urandom");
        assertThat(ofGuest)
                .filteredOn(file -> file.startsWith("/") && !file.startsWith("/dev/"))
                .allMatch(file -> file.startsWith(host.state().resolve("vms") + "/" + spec.id())
                        || file.startsWith(host.state().resolve("pool") + "/"));
        host.delete(spec);
    }

    private static Set<String> open(long pid) throws IOException {
        Set<String> open = new HashSet<>();
        try (var entries = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path entry : entries) {
                open.add(Files.readSymbolicLink(entry).toString());
            }
        }
        return open;
    }

    @Test
    void deleteLeavesNoFileAndNoProcess() {
        VmSpec spec = running();
        VmReport report = host.delete(spec);
        assertThat(report.state()).isEqualTo(ObservedState.ABSENT);
        assertThat(host.guests()).isEmpty();
        assertThat(Files.exists(host.vmDirectory(spec.id()))).isFalse();
    }

    @Test
    void typedBytesReachTheGuestAndItsAnswerTheConsole() throws Exception {
        VmSpec spec = running();
        try (var console = host.console(spec.id())) {
            assertThat(new String(console.readNBytes("obedient: hello\n".length()), StandardCharsets.US_ASCII))
                    .isEqualTo("obedient: hello\n");
            host.type(spec.id(), "x");
            assertThat(new String(console.readNBytes(1), StandardCharsets.US_ASCII))
                    .isEqualTo("x");
        }
        host.delete(spec);
    }

    @Test
    void guestThatPowersItselfOffIsStopped() {
        VmSpec spec = running();
        host.type(spec.id(), "p");
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
        assertThat(host.guests()).isEmpty();
        host.delete(spec);
    }

    @Test
    void guestThatPanicsIsCrashed() {
        VmSpec spec = running();
        host.type(spec.id(), "k");
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.GUEST_PANIC);
        host.delete(spec);
    }

    private static VmSpec running() {
        await().until(() -> host.guests().isEmpty());
        VmSpec spec = host.spec(host.images().obedientGuest());
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        host.awaitSerial(spec.id(), 0, "obedient: hello");
        return spec;
    }
}
