package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every end that nobody asked for has its cause. */
@Tag("guest")
class CauseTest {
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
    void killedProcessIsACrashThatNamesTheSignal() {
        VmSpec spec = running();
        TestingHost.kill(host.pid(spec.id()));
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.PROCESS_KILLED);
        assertThat(detail(spec)).contains("SIGKILL");
        host.delete(spec);
    }

    @Test
    void terminatedProcessIsACrashAsWell() {
        VmSpec spec = running();
        ProcessHandle.of(host.pid(spec.id())).orElseThrow().destroy();
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.PROCESS_KILLED);
        assertThat(detail(spec)).contains("terminating on signal 15");
        host.delete(spec);
    }

    @Test
    void killedProcessThatWasTakenBackIsACrash() throws IOException {
        VmSpec spec = running();
        host.killDaemon();
        host.startDaemon();
        host.awaitState(spec.id(), ObservedState.RUNNING);
        ProcessHandle.of(host.pid(spec.id())).orElseThrow().destroy();
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.PROCESS_KILLED);
        host.delete(spec);
    }

    @Test
    void guestWithoutAnImageFailsAndSaysWhy() {
        ImageRef missing = new ImageRef(ImageId.random(), ImageFormat.RAW, "0".repeat(64), 1 << 20, 1 << 20);
        VmSpec spec = host.spec(missing);
        host.put(spec);
        host.awaitCause(spec.id(), ObservedState.FAILED, Cause.Code.IMAGE_UNAVAILABLE);
        host.delete(spec);
    }

    @Test
    void guestLargerThanTheHostFailsWithQemusOwnWords() {
        VmShape huge = new VmShape(1, new Mebibytes(1L << 40), AcceleratorChoice.TCG, List.of(), null);
        VmSpec spec = host.spec(huge);
        host.put(spec);
        host.awaitCause(spec.id(), ObservedState.FAILED, Cause.Code.START_FAILED);
        assertThat(detail(spec)).contains("qemu-system-x86_64:");
        host.delete(spec);
    }

    @Test
    void diskSmallerThanItsImageFails() {
        ImageRef image = host.images().add(new byte[2 << 20]);
        DiskSpec disk = new DiskSpec(DiskId.random(), image, new Mebibytes(1));
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(disk), null));
        host.put(spec);
        host.awaitCause(spec.id(), ObservedState.FAILED, Cause.Code.START_FAILED);
        host.delete(spec);
    }

    @Test
    void newerSpecTriesAgainAfterAFailure() {
        ImageRef image = host.images().obedientGuest();
        DiskSpec tooSmall = new DiskSpec(DiskId.random(), host.images().add(new byte[2 << 20]), new Mebibytes(1));
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(tooSmall), null));
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.FAILED);
        DiskSpec good = new DiskSpec(DiskId.random(), image, new Mebibytes(1));
        VmShape shape = new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(good), null);
        VmSpec mended = TestingHost.with(TestingHost.next(spec, spec.desired(), spec.stop(), 1), was -> shape, null);
        host.put(mended);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        host.delete(mended);
    }

    @Test
    void processThatTheKernelKillsForLackOfMemoryIsToldApart() throws IOException {
        VmSpec held = TestingHost.paused(host.spec(host.images().obedientGuest()));
        host.put(held);
        host.awaitState(held.id(), ObservedState.PAUSED);
        Path group = Path.of(
                "/sys/fs/cgroup/memory/yado",
                Files.readString(host.state().resolve("host-id")).strip(),
                held.id().toString());
        assumeTrue(Files.isWritable(group.resolve("memory.limit_in_bytes")), "needs cgroup version 1 and root");
        long used = Long.parseLong(
                Files.readString(group.resolve("memory.usage_in_bytes")).strip());
        Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(used + (64 << 10)));
        VmSpec spec = TestingHost.next(held, DesiredState.RUNNING, held.stop(), held.runEpoch());
        host.put(spec);
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.OOM_KILLED);
        host.delete(spec);
        assertThat(Files.exists(group)).isFalse();
    }

    @Test
    void guestCannotFillTheHostsDiskWithItsWords() throws IOException {
        VmSpec spec = running();
        Path log = host.vmDirectory(spec.id()).resolve("serial0.log");
        Files.write(log, new byte[3 << 20], java.nio.file.StandardOpenOption.APPEND);
        await("the log is cut").until(() -> Files.size(log) < 1 << 20);
        host.type(spec.id(), "x");
        host.awaitSerial(spec.id(), 0, "x");
        host.delete(spec);
    }

    private static String detail(VmSpec spec) {
        VmReport report = host.get(spec.id());
        return Objects.requireNonNull(report.cause()).detail();
    }

    private static VmSpec running() {
        VmSpec spec = host.spec(host.images().obedientGuest());
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        host.awaitSerial(spec.id(), 0, "obedient: hello");
        return spec;
    }
}
