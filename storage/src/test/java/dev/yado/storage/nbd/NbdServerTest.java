package dev.yado.storage.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clients are QEMU's own. */
class NbdServerTest {
    private static final int SIZE = 8 << 20;
    private static final int HOLE = 3 << 20;
    private static final int HOLE_END = 6 << 20;

    @TempDir
    private Path directory;

    private final byte[] content = new byte[SIZE];
    private final TakenDisk taken = new TakenDisk();
    private NbdServer server;

    @BeforeEach
    void serve() throws IOException {
        new Random(1).nextBytes(content);
        java.util.Arrays.fill(content, HOLE, HOLE_END, (byte) 0);
        server = NbdServer.listen(socket(), Map.of("disk", new GivenDisk(), "taken", taken));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        assertThat(socket()).doesNotExist();
    }

    @Test
    void givesEveryByteAndSaysWhereThereAreOnlyZeroes() throws Exception {
        qemuImg(
                "convert",
                "-f",
                "raw",
                "-O",
                "raw",
                url("disk"),
                directory.resolve("copy").toString());
        assertThat(Files.readAllBytes(directory.resolve("copy"))).isEqualTo(content);
        assertThat(qemuImg("map", "--output=json", "-f", "raw", url("disk")))
                .contains("\"start\": " + HOLE + ", \"length\": " + (HOLE_END - HOLE))
                .contains("\"zero\": true");
    }

    @Test
    void takesWhatIsWrittenInTheOrderInWhichItWasSent() throws Exception {
        Path file = Files.write(directory.resolve("in"), content);
        qemuImg("convert", "-n", "-f", "raw", "-O", "raw", file.toString(), url("taken"));
        assertThat(taken.content).isEqualTo(content);
        assertThat(taken.zeroes).isGreaterThan(0);
    }

    @Test
    void whatCannotBeReadIsAnErrorOfThatReadAlone() throws Exception {
        Run bad = run("qemu-io", "-r", "-f", "raw", "-c", "read " + GivenDisk.BROKEN + " 512", url("disk"));
        assertThat(bad.output()).contains("Input/output error");
        Run good = run("qemu-io", "-r", "-f", "raw", "-c", "read -P 0 " + HOLE + " 65536", url("disk"));
        assertThat(good.output()).contains("read 65536/65536");
    }

    @Test
    void aReadOnlyExportIsNotWritten() throws Exception {
        Run refused = run("qemu-io", "-f", "raw", "-c", "write 0 512", url("disk"));
        assertThat(refused.output()).doesNotContain("wrote 512/512");
        assertThat(refused.exit()).isNotZero();
    }

    @Test
    void anExportThatIsNotThereIsRefused() throws Exception {
        Run refused = run("qemu-img", "info", "-f", "raw", url("other"));
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.output()).contains("other");
    }

    @Test
    void aClientThatTalksRubbishIsCutOffAndOthersAreNot() throws Exception {
        for (byte[] rubbish : List.of(
                new byte[200],
                "GET / HTTP/1.1\r\n\r\n".repeat(20).getBytes(StandardCharsets.US_ASCII),
                optionOf(-1),
                optionOf(1 << 30))) {
            try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                client.connect(UnixDomainSocketAddress.of(socket()));
                client.write(ByteBuffer.wrap(rubbish));
                ByteBuffer said = ByteBuffer.allocate(1 << 10);
                while (client.read(said) >= 0) {
                    assertThat(said.hasRemaining()).isTrue();
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        }
        givesEveryByteAndSaysWhereThereAreOnlyZeroes();
    }

    @Test
    void aPathThatIsTooLongForTheKernelIsListenedOnAllTheSame() throws Exception {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(60)).resolve("e".repeat(60)));
        try (NbdServer other = NbdServer.listen(deep.resolve("nbd"), Map.of("disk", new GivenDisk()))) {
            assertThat(deep.resolve("nbd")).exists();
            Path link = Files.createSymbolicLink(directory.resolve("short"), deep);
            String output = qemuImg("info", "-f", "raw", "nbd:unix:" + link.resolve("nbd") + ":exportname=disk");
            assertThat(output).contains("8388608");
            assertThat(other).isNotNull();
        }
    }

    private static byte[] optionOf(int length) {
        return ByteBuffer.allocate(20)
                .putInt(3)
                .putLong(NbdWire.OPTION_MAGIC)
                .putInt(NbdWire.OPT_GO)
                .putInt(length)
                .array();
    }

    private Path socket() {
        return directory.resolve("nbd");
    }

    private String url(String export) {
        return "nbd:unix:" + socket() + ":exportname=" + export;
    }

    private record Run(int exit, String output) {}

    private static String qemuImg(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("qemu-img"));
        command.addAll(List.of(arguments));
        Run run = run(command.toArray(String[]::new));
        assertThat(run.exit()).as(run.output()).isZero();
        return run.output();
    }

    private static Run run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), output);
    }

    private final class GivenDisk implements NbdExport.Source {
        private static final int BROKEN = 7 << 20;
        private boolean broken = true;

        @Override
        public long sizeBytes() {
            return SIZE;
        }

        @Override
        public synchronized void read(long offset, ByteBuffer to) throws IOException {
            if (broken && offset == BROKEN && to.remaining() == 512) {
                broken = false;
                throw new IOException("it is broken here");
            }
            to.put(content, (int) offset, to.remaining());
        }

        @Override
        public List<Part> parts(long offset, long length) {
            List<Part> parts = new ArrayList<>();
            long[] bounds = {0, HOLE, HOLE_END, SIZE};
            for (int each = 0; each < 3; each++) {
                long begin = Math.max(offset, bounds[each]);
                long end = Math.min(offset + length, bounds[each + 1]);
                if (begin < end) {
                    parts.add(new Part(end - begin, each != 1));
                }
            }
            return parts;
        }
    }

    private static final class TakenDisk implements NbdExport.Sink {
        private final byte[] content = new byte[SIZE];
        private long zeroes;

        @Override
        public long sizeBytes() {
            return SIZE;
        }

        @Override
        public void write(long offset, ByteBuffer from) {
            from.get(content, (int) offset, from.remaining());
        }

        @Override
        public void zero(long offset, long length) {
            zeroes += length;
        }
    }
}
