package dev.yado.vmmd.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.Accelerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuModelsTest {
    private static final List<String> EVERYTHING = List.of(
            "EPYC-Milan-v1",
            "Skylake-Server-v4",
            "Skylake-Server-v2",
            "Haswell-v4",
            "Haswell-v3",
            "Haswell-v2",
            "Haswell-noTSX",
            "EPYC-v1",
            "Westmere-v1",
            "Nehalem-v2",
            "Nehalem-v1",
            "qemu64-v1",
            "pentium3-v1",
            "base");

    @Test
    void theBestModelIsTheLast() {
        assertThat(CpuModels.worthPinning(EVERYTHING, Accelerator.KVM, "GenuineIntel"))
                .containsExactly(
                        "Nehalem-v1", "Nehalem-v2", "Westmere-v1", "Haswell-v2", "Haswell-v4", "Skylake-Server-v4");
    }

    @Test
    void underKvmOnlyModelsOfTheHostsOwnVendorAreNamed() {
        assertThat(CpuModels.worthPinning(EVERYTHING, Accelerator.KVM, "AuthenticAMD"))
                .containsExactly("EPYC-v1", "EPYC-Milan-v1");
    }

    @Test
    void underTcgTheHostsVendorDoesNotMatter() {
        assertThat(CpuModels.worthPinning(EVERYTHING, Accelerator.TCG, "AuthenticAMD"))
                .isEqualTo(CpuModels.worthPinning(EVERYTHING, Accelerator.TCG, "GenuineIntel"))
                .startsWith("qemu64-v1", "Nehalem-v1")
                .endsWith("Skylake-Server-v4");
    }

    @Test
    void theRealQemuNamesModelsThatItCanRunAndIsAskedOnce(@TempDir Path cache)
            throws IOException, InterruptedException {
        Path program = Path.of("/usr/bin/qemu-system-x86_64");
        assumeTrue(Files.isExecutable(program), "QEMU is not installed");

        QemuCapabilities asked = QemuBinary.open(program, cache, "this boot").capabilities();

        assertThat(asked.cpuModels(Accelerator.TCG, "any")).contains("qemu64-v1", "Westmere-v1");
        assertThat(asked.versionedMachineTypes())
                .last()
                .isEqualTo(asked.machineType("q35").orElseThrow());
        byte[] answer = Files.readAllBytes(cache.resolve("qemu-capabilities.json"));
        assertThat(QemuBinary.open(program, cache, "this boot").capabilities()).isEqualTo(asked);
        assertThat(Files.readAllBytes(cache.resolve("qemu-capabilities.json"))).isEqualTo(answer);
        QemuBinary.open(program, cache, "another boot");
        assertThat(Files.readString(cache.resolve("qemu-capabilities.json"))).contains("another boot");
    }
}
