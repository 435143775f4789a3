package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.DiskOrigin.Mode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests that run before their disks are there: what they read comes from the repository, also after a fault in between. */
@Tag("guest")
class RestoreGuestTest {
    @TempDir
    private static Path machine;

    private static TestingHost host;
    private static TestingFiles files;
    private static TestingBackup backup;

    @BeforeAll
    static void takeABackup() throws IOException {
        Files.setPosixFilePermissions(machine, PosixFilePermissions.fromString("rwxr-xr-x"));
        String repository = TestingBackup.REPOSITORY + "=" + machine.resolve("repository");
        boolean root = System.getProperty("user.name").equals("root");
        host = root
                ? TestingHost.start("--repository", repository, "--qemu-user", "65534:65534")
                : TestingHost.start("--repository", repository);
        files = new TestingFiles(host);
        VmSpec spec = files.ready(2);
        files.write(spec, "kept", 24);
        backup = new TestingBackup(host, spec, null);
        backup.take();
        host.delete(spec);
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void theGuestRunsAtOnceAndItsDisksStandAloneInTheEnd() throws IOException {
        VmSpec spec = files.restore(backup, Mode.INSTANT);
        files.check(spec, "kept");
        files.write(spec, "fresh", 1);
        awaitStandsAlone(spec);
        VmSpec stopped = TestingHost.stoppedGracefully(spec, 60);
        host.put(stopped);
        host.awaitState(spec.id(), ObservedState.STOPPED);

        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);

        files.awaitReady(again, 3);
        files.check(again, "kept");
        files.check(again, "fresh");
        new TestingBackup(host, again, null).take();
        host.delete(again);
    }

    @Test
    void aDaemonThatDiesMeanwhileServesAgainWhenItIsBack() throws IOException {
        VmSpec spec = backup.restored(host, Mode.INSTANT);
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);

        host.killDaemon();
        host.startDaemon();

        host.awaitSerial(spec.id(), 0, "yado-guest: ready");
        files.check(spec, "kept");
        awaitStandsAlone(spec);
        host.delete(spec);
    }

    @Test
    void aGuestThatIsStoppedBeforeAllHasComeGoesOnWithWhatItLacks() throws IOException {
        VmSpec spec = backup.restored(host, Mode.INSTANT);
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        VmSpec stopped = TestingHost.stopped(spec);
        host.put(stopped);
        host.awaitState(spec.id(), ObservedState.STOPPED);

        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);

        host.awaitSerial(spec.id(), 0, "yado-guest: ready");
        files.check(again, "kept");
        awaitStandsAlone(again);
        host.delete(again);
    }

    private static void awaitStandsAlone(VmSpec spec) {
        await("no disk lacks anything of its backup")
                .atMost(TestingHost.PATIENCE)
                .until(() -> {
                    for (var disk : spec.shape().disks()) {
                        Path file = host.vmDirectory(spec.id()).resolve("disks/" + disk.id() + ".qcow2");
                        Process info =
                                new ProcessBuilder("qemu-img", "info", "-U", "-f", "qcow2", file.toString()).start();
                        String said = new String(info.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                        assertThat(said).contains("virtual size");
                        if (said.contains("backing file:")) {
                            return false;
                        }
                    }
                    return Files.notExists(host.vmDirectory(spec.id()).resolve("restore/nbd"));
                });
    }
}
