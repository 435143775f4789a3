package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.SelfTestReport.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class KvmSelfTestTest {
    private static final Path KVM = Path.of("/dev/kvm");

    /** {@code again: jmp again} */
    private static final byte[] FOR_EVER = {(byte) 0xeb, (byte) 0xfe};

    /** {@code hlt} at once */
    private static final byte[] IDLE = {(byte) 0xf4};

    /** {@code ud2} without an interrupt table: a triple fault. */
    private static final byte[] CRASH = {0x0f, 0x0b};

    @TempDir
    Path directory;

    @Test
    void runsAGuestAndTimesIt() throws Exception {
        needsKvm();
        KvmSelfTestResult result = KvmSelfTest.of(KVM).run();
        assertThat(result.verdict()).as(result.reason()).isIn(Verdict.HARDWARE, Verdict.EMULATED);
        assertThat(result.iterations()).isGreaterThanOrEqualTo(2_000);
        assertThat(result.nanosPerIteration()).isPositive();
        assertThat(result.capabilities()).containsEntry("USER_MEMORY", 1);
        assertThat(result.cpuid()).isNotEmpty();
        assertThat(result.cpuVendor()).hasSize(12);
        assertThat(result.toReport().details()).containsKeys("cpu.model", "kvm.MAX_VCPUS");
    }

    @Test
    void aGuestThatNeverEndsIsStopped() throws Exception {
        needsKvm();
        KvmSelfTestResult result = new KvmSelfTest(KVM, FOR_EVER, Duration.ofMillis(200)).run();
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.reason()).isEqualTo("the test guest did not end in 200 ms and was stopped");
    }

    @Test
    void aGuestThatDidNotCountIsNotBelieved() throws Exception {
        needsKvm();
        KvmSelfTestResult result = new KvmSelfTest(KVM, IDLE, Duration.ofSeconds(2)).run();
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.reason()).contains("counted 0 rounds instead of 2000");
    }

    @Test
    void aGuestThatCrashesIsReported() throws Exception {
        needsKvm();
        KvmSelfTestResult result = new KvmSelfTest(KVM, CRASH, Duration.ofSeconds(2)).run();
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.reason()).contains("the test guest");
    }

    @Test
    void aMissingDeviceIsUnavailableAndSaysWhatToDo() throws Exception {
        KvmSelfTestResult result = KvmSelfTest.of(directory.resolve("kvm")).run();
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.reason()).contains("ENOENT", "load kvm_intel or kvm_amd");
        assertThat(result.cpuModel()).isNotBlank();
    }

    @Test
    void aFileThatIsNoKvmIsUnavailable() throws Exception {
        KvmSelfTestResult result = KvmSelfTest.of(Path.of("/dev/null")).run();
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.reason()).contains("KVM_GET_API_VERSION", "/dev/null is not a KVM device");
    }

    @Test
    void aDeviceWithoutPermissionNamesItsOwnerAndTheDaemonsUser() throws Exception {
        Path device = Files.createFile(directory.resolve("kvm"));
        device.toFile().setReadable(false);
        device.toFile().setWritable(false);
        assumeFalse(Files.isReadable(device), "this user may read every file: no permission to be without");
        KvmSelfTestResult result = KvmSelfTest.of(device).run();
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.reason()).contains("EACCES", "---------", "owning group");
    }

    @Test
    void speedDecidesTheVerdict() {
        assertThat(KvmSelfTest.verdict(0.4)).isEqualTo(Verdict.HARDWARE);
        assertThat(KvmSelfTest.verdict(2)).isEqualTo(Verdict.HARDWARE);
        assertThat(KvmSelfTest.verdict(21)).isEqualTo(Verdict.EMULATED);
    }

    private static void needsKvm() throws IOException {
        assumeTrue(Files.isReadable(KVM) && Files.isWritable(KVM), "no usable /dev/kvm on this machine");
    }
}
