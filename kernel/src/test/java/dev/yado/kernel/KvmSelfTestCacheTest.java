package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.SelfTestReport.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmSelfTestCacheTest {
    private static final KvmSelfTestResult FOUND = new KvmSelfTestResult(
            Verdict.EMULATED,
            "slow",
            10_000,
            800.5,
            "AuthenticAMD",
            "AMD EPYC",
            Map.of("NR_VCPUS", 2),
            List.of(new CpuidLeaf(0, 0, 0xffff_ffffL, 1, 2, 3)));

    private static final KvmSelfTestResult MISSING =
            new KvmSelfTestResult(Verdict.UNAVAILABLE, "no device", 0, 0, "unknown", "AMD EPYC", Map.of(), List.of());

    @TempDir
    Path directory;

    private Path proc;
    private Path device;
    private KvmSelfTestCache cache;

    @BeforeEach
    void prepare() throws IOException {
        proc = Files.createDirectories(directory.resolve("proc"));
        Files.createDirectories(proc.resolve("sys/kernel/random"));
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "first boot\n");
        Files.writeString(proc.resolve("sys/kernel/osrelease"), "6.1.0\n");
        device = Files.createFile(directory.resolve("kvm"));
        cache = new KvmSelfTestCache(directory.resolve("kvm-self-test.json"), new ProcFs(proc));
    }

    @Test
    void remembersWithinOneBoot() throws Exception {
        assertThat(found(FOUND)).isEqualTo(FOUND);
        assertThat(found(MISSING)).isEqualTo(FOUND);
    }

    @Test
    void runsAgainAfterAReboot() throws Exception {
        found(FOUND);
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "second boot\n");
        assertThat(found(MISSING)).isEqualTo(MISSING);
    }

    @Test
    void runsAgainWhenTheDeviceChanges() throws Exception {
        found(FOUND);
        Files.delete(device);
        assertThat(found(MISSING)).isEqualTo(MISSING);
    }

    @Test
    void doesNotKeepWhatAnOperatorMayMend() throws Exception {
        assertThat(found(MISSING)).isEqualTo(MISSING);
        assertThat(found(FOUND)).isEqualTo(FOUND);
    }

    @Test
    void aBrokenFileOnlyCostsTheTime() throws Exception {
        Files.writeString(directory.resolve("kvm-self-test.json"), "{\"circumst");
        assertThat(found(FOUND)).isEqualTo(FOUND);
    }

    /** What the cache answers when a test run now would find {@code result}. */
    private KvmSelfTestResult found(KvmSelfTestResult result) throws IOException, InterruptedException {
        return cache.getOrRun(device, () -> result);
    }
}
