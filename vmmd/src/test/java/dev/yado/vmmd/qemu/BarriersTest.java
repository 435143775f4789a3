package dev.yado.vmmd.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What QEMU makes of a guest's memory barriers. Guest and device each write their own index, then look at the other's: where the
 * guest may look before its writing is seen, both can find nothing to do, and the device waits for ever.
 */
class BarriersTest {
    private static final Path PROGRAM = Path.of("/usr/bin/qemu-system-x86_64");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** lock add word [0x7e02], 0; mfence; hlt; jmp $-1 */
    private static final byte[] BARRIERS = HexFormat.of().parseHex("f08306027e00" + "0faef0" + "f4" + "ebfd");

    private static final int FIRMWARE_BYTES = 1 << 16;
    private static final int FIRST_INSTRUCTION = 0xfff0;

    @TempDir
    Path directory;

    @Test
    void underTcgAMachineOfOneProcessorKeepsThemToo() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(PROGRAM), "QEMU is not installed");
        String operations = translated(machine(1));
        assertThat(operations).containsPattern("call atomic_\\w+").containsPattern("\\bmb \\$");
    }

    private static GuestMachine machine(int vcpus) {
        return new GuestMachine(
                VmId.random(),
                "barriers",
                vcpus,
                new Mebibytes(16),
                Accelerator.TCG,
                "max",
                "q35",
                List.of(),
                List.of(),
                null,
                null);
    }

    /** Runs them as the machine's firmware, until it halts, and says as what. */
    private String translated(GuestMachine machine) throws IOException, InterruptedException {
        byte[] firmware = new byte[FIRMWARE_BYTES];
        System.arraycopy(BARRIERS, 0, firmware, FIRST_INSTRUCTION, BARRIERS.length);
        Path operations = directory.resolve("operations");
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
        command.addAll(QemuCommandLine.of(machine));
        command.remove("-S");
        command.addAll(List.of(
                "-bios", Files.write(directory.resolve("firmware"), firmware).toString()));
        command.addAll(List.of("-d", "op", "-D", operations.toString()));
        Files.createDirectory(directory.resolve("sock"));
        Process qemu = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("words").toFile())
                .start();
        try {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!(Files.exists(operations) && Files.readString(operations).contains("call hlt"))) {
                assertThat(qemu.isAlive())
                        .as(Files.readString(directory.resolve("words")))
                        .isTrue();
                assertThat(System.nanoTime())
                        .as("waiting for the guest to halt")
                        .isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(10);
            }
            return Files.readString(operations);
        } finally {
            qemu.destroyForcibly().waitFor();
        }
    }
}
