package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A Linux guest is the witness; QEMU runs as an unprivileged user where the daemon is root. */
@Tag("guest")
class LinuxGuestTest {
    private static final int NOBODY = 65534;
    private static final boolean ROOT = System.getProperty("user.name").equals("root");
    private static TestingHost host;

    @BeforeAll
    static void startHost() throws IOException {
        host = ROOT ? TestingHost.start("--qemu-user", NOBODY + ":" + NOBODY) : TestingHost.start();
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void guestSeesWhatWasAskedForAndHearsItsPowerButton() throws IOException {
        DiskSpec data = new DiskSpec(DiskId.random(), null, new Mebibytes(64));
        VmSpec spec = host.spec(new VmShape(2, new Mebibytes(256), AcceleratorChoice.TCG, List.of(data), kernel()));
        host.put(spec);
        host.awaitSerial(spec.id(), 0, "yado-guest: ready cpus=2 memory-mib=");
        assertThat(host.serial(spec.id(), 0)).contains("yado-guest: disk vda 67108864 bytes mounted /mnt/vda");
        host.put(TestingHost.stoppedGracefully(spec, 60));
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.REQUESTED);
        assertThat(host.serial(spec.id(), 0)).contains("yado-guest: power button", "yado-guest: poweroff");
        host.delete(TestingHost.stopped(spec));
    }

    @Test
    void diskKeepsWhatTheGuestWroteAndGrowsAtTheNextStart() throws IOException {
        ImageRef image = host.images().witness("disk.qcow2", ImageFormat.QCOW2);
        DiskSpec disk = new DiskSpec(DiskId.random(), image, Mebibytes.ceilOfBytes(image.virtualSize()));
        VmSpec spec = host.spec(shape(disk));
        host.put(spec);
        host.awaitSerial(spec.id(), 0, "yado-guest: root boots=1");
        host.awaitSerial(spec.id(), 0, "yado-guest: ready");
        VmSpec stopped = TestingHost.stoppedGracefully(spec, 60);
        host.put(stopped);
        host.awaitState(spec.id(), ObservedState.STOPPED);
        DiskSpec larger = new DiskSpec(disk.id(), image, new Mebibytes(100));
        VmSpec again = TestingHost.with(TestingHost.startedAgain(stopped), was -> shape(larger), null);
        host.put(again);
        host.awaitSerial(spec.id(), 0, "yado-guest: root boots=2");
        host.awaitSerial(spec.id(), 0, "yado-guest: disk vda " + (100 << 20) + " bytes root");
        host.delete(again);
    }

    @Test
    void panicOfTheGuestsKernelIsACrash() throws IOException {
        VmSpec spec = ready();
        host.type(spec.id(), "panic\n");
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.GUEST_PANIC);
        host.delete(spec);
    }

    @Test
    void powerOffFromInsideIsAStop() throws IOException {
        VmSpec spec = ready();
        host.type(spec.id(), "poweroff\n");
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
        host.delete(spec);
    }

    @Test
    void qemuIsAloneInItsSessionWithoutPrivileges() throws IOException {
        VmSpec spec = ready();
        long pid = host.pid(spec.id());
        Map<String, String> status = Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .map(line -> line.split(":\\s*", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        assertThat(status.get("Seccomp")).as("system calls are filtered").isEqualTo("2");
        assertThat(status.get("CapEff")).as("capabilities").isEqualTo(ROOT ? "0000000000000000" : status.get("CapEff"));
        if (ROOT) {
            assertThat(status.get("Uid")).startsWith(NOBODY + "\t" + NOBODY);
        }
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        assertThat(fields[3]).as("its session").isEqualTo(Long.toString(pid));
        assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/0"))).hasToString("/dev/null");
        for (String secret : List.of("memory.json", "journal.json")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                            host.vmDirectory(spec.id()).resolve(secret))))
                    .isEqualTo("rw-------");
        }
        host.delete(spec);
    }

    private static VmSpec ready() throws IOException {
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(), kernel()));
        host.put(spec);
        host.awaitSerial(spec.id(), 0, "yado-guest: ready");
        return spec;
    }

    private static VmShape shape(DiskSpec disk) {
        return new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(disk), null);
    }

    private static @Nullable DirectBoot kernel() throws IOException {
        return new DirectBoot(
                host.images().witness("vmlinuz", ImageFormat.RAW),
                host.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
    }
}
