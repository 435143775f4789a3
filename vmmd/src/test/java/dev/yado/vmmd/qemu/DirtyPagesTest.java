package dev.yado.vmmd.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether QEMU sees all that a guest writes while its memory is copied. The guest writes to the same pages all the time and never
 * changes its page tables, as a kernel does that works for a disk; in the end both processes hold it, and neither runs it.
 */
class DirtyPagesTest {
    private static final Path PROGRAM = Path.of("/usr/bin/qemu-system-x86_64");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** mov ax, 0x1000; mov ds, ax; xor bx, bx; then for ever: inc dword [bx]; add bx, 0x1000. */
    private static final byte[] WRITER =
            HexFormat.of().parseHex("b80010" + "8ed8" + "31db" + "66ff07" + "81c30010" + "ebf7");

    /** jmp 0xf000:0 */
    private static final byte[] TO_WRITER = HexFormat.of().parseHex("ea000000f0");

    private static final int FIRMWARE_BYTES = 1 << 16;
    private static final int FIRST_INSTRUCTION = 0xfff0;
    private static final int WRITTEN = 0x10000;

    @TempDir
    Path directory;

    @RepeatedTest(3)
    void underTcgWhatItWritesMeanwhileIsAllThere() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(PROGRAM), "QEMU is not installed");
        byte[] firmware = new byte[FIRMWARE_BYTES];
        System.arraycopy(WRITER, 0, firmware, 0, WRITER.length);
        System.arraycopy(TO_WRITER, 0, firmware, FIRST_INSTRUCTION, TO_WRITER.length);
        Files.write(directory.resolve("firmware"), firmware);
        String stream = "unix:" + directory.resolve("stream");
        try (Qemu destination = new Qemu("destination", "-incoming", stream);
                Qemu source = new Qemu("source")) {
            source.ask("cont");
            source.ask("migrate_set_parameter max-bandwidth 1M");
            source.ask("migrate_set_parameter downtime-limit 1");
            source.ask("migrate -d " + stream);
            source.await("dirty sync count: [4-9]|Migration status: completed");
            source.ask("migrate_set_parameter downtime-limit 5000");
            source.await("Migration status: completed");
            // The source has said all; whether the destination has read it, only that one knows.
            destination.await("Migration status: completed");

            assertThat(destination.written()).isEqualTo(source.written());
        }
    }

    private final class Qemu implements AutoCloseable {
        private final Path home;
        private final Process process;
        private final SocketChannel monitor;

        Qemu(String name, String... more) throws IOException, InterruptedException {
            home = Files.createDirectories(directory.resolve(name));
            Files.createDirectories(home.resolve("sock"));
            GuestMachine machine = new GuestMachine(
                    VmId.random(),
                    "writer",
                    1,
                    new Mebibytes(192),
                    Accelerator.TCG,
                    "max",
                    "q35",
                    List.of(),
                    List.of(),
                    null,
                    null);
            List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
            command.addAll(QemuCommandLine.of(machine));
            command.addAll(List.of("-bios", directory.resolve("firmware").toString()));
            command.addAll(List.of("-monitor", "unix:monitor,server=on,wait=off"));
            command.addAll(List.of(more));
            process = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("words").toFile())
                    .start();
            monitor = connect();
            answer();
        }

        private SocketChannel connect() throws IOException, InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                try {
                    channel.connect(UnixDomainSocketAddress.of(home.resolve("monitor")));
                    return channel;
                } catch (IOException notYet) {
                    channel.close();
                    assertThat(process.isAlive() && System.nanoTime() < deadline)
                            .as(Files.readString(home.resolve("words")))
                            .isTrue();
                    TimeUnit.MILLISECONDS.sleep(10);
                }
            }
        }

        String ask(String command) throws IOException {
            monitor.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
            return answer();
        }

        private String answer() throws IOException {
            StringBuilder said = new StringBuilder();
            ByteBuffer bytes = ByteBuffer.allocate(4096);
            while (!said.toString().endsWith("(qemu) ")) {
                bytes.clear();
                assertThat(monitor.read(bytes)).as(said.toString()).isPositive();
                said.append(StandardCharsets.US_ASCII.decode(bytes.flip()));
            }
            return said.toString();
        }

        void await(String pattern) throws IOException, InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            String said = ask("info migrate");
            while (!java.util.regex.Pattern.compile(pattern).matcher(said).find()) {
                assertThat(System.nanoTime()).as(said).isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(10);
                said = ask("info migrate");
            }
        }

        byte[] written() throws IOException {
            ask("pmemsave " + WRITTEN + " " + WRITTEN + " memory");
            return Files.readAllBytes(home.resolve("memory"));
        }

        @Override
        public void close() throws IOException, InterruptedException {
            monitor.close();
            process.destroyForcibly().waitFor();
        }
    }
}
