package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The file system of the pool runs full under a guest that writes. */
@Tag("guest")
class FullPoolTest {
    private static final int ROOM_MIB = 420;
    private Path mount = Path.of("");

    @BeforeEach
    void mountSmallFileSystem() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "needs root to mount a small file system");
        mount = Files.createTempDirectory("yado-small-");
        run("mount", "-t", "tmpfs", "-o", "mode=755,size=" + ROOM_MIB + "m", "tmpfs", mount.toString());
    }

    @AfterEach
    void unmountIt() throws Exception {
        if (!mount.toString().isEmpty()) {
            run("umount", mount.toString());
            Files.delete(mount);
        }
    }

    @Test
    void guestIsHeldUntilThereIsRoomAndThenGoesOn() throws Exception {
        Path directory = Files.createDirectory(mount.resolve("host"));
        try (TestingHost host = TestingHost.startIn(directory)) {
            VmSpec spec = host.spec(writer(host));
            host.put(spec);
            host.awaitSerial(spec.id(), 0, "yado-guest: ready");
            Path ballast = fillUp();
            host.type(spec.id(), "dd if=/dev/urandom of=/dev/vda bs=1M count=40 conv=fsync; echo written=$?\n");
            host.awaitCause(spec.id(), ObservedState.PAUSED, Cause.Code.DISK_ERROR);
            assertThat(host.get(spec.id()).cause())
                    .extracting(Cause::detail)
                    .asString()
                    .contains("no space");

            Files.delete(ballast);
            host.put(TestingHost.next(spec, DesiredState.RUNNING, spec.stop(), spec.runEpoch()));
            host.awaitState(spec.id(), ObservedState.RUNNING);
            host.awaitSerial(spec.id(), 0, "written=0");
            await("the hold is told")
                    .atMost(TestingHost.PATIENCE)
                    .until(() -> !host.controller().disruptions(spec.id()).isEmpty());
            assertThat(host.controller().disruptions(spec.id())).singleElement().satisfies(told -> {
                assertThat(told.kind()).isEqualTo(Disruption.Kind.DISK_FULL);
                assertThat(told.ms()).isPositive();
                assertThat(told.detail()).contains("no space");
            });
        }
    }

    private static VmShape writer(TestingHost host) throws IOException {
        DirectBoot boot = new DirectBoot(
                host.images().witness("vmlinuz", ImageFormat.RAW),
                host.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        DiskSpec disk = new DiskSpec(DiskId.random(), null, new Mebibytes(64));
        return new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(disk), boot);
    }

    /** Leaves 8 MiB: less than what the guest writes, enough for the daemon. */
    private Path fillUp() throws IOException {
        Path ballast = mount.resolve("ballast");
        long free = Files.getFileStore(mount).getUsableSpace() - (8L << 20);
        try (var out = Files.newOutputStream(ballast)) {
            byte[] mebibyte = new byte[1 << 20];
            for (long written = 0; written < free; written += mebibyte.length) {
                out.write(mebibyte);
            }
        }
        return ballast;
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }
}
