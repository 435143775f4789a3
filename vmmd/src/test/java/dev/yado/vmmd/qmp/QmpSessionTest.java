package dev.yado.vmmd.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.storage.nbd.NbdExport;
import dev.yado.storage.nbd.NbdServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real QEMU without a guest, and against peers that QEMU never is. */
class QmpSessionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final UUID ID = UUID.fromString("0193e5a0-0000-7000-8000-000000000001");

    @TempDir
    Path directory = Path.of("");

    private final Notes notes = new Notes();

    @Test
    void commandsHaveTypedAnswers() throws Exception {
        try (Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(notes)) {
            assertThat(session.run(new QmpCommand.QueryStatus(), PATIENCE)).isEqualTo(RunStatus.PRELAUNCH);
            assertThat(session.run(new QmpCommand.QueryUuid(), PATIENCE)).isEqualTo(ID);
            assertThat(session.run(new QmpCommand.QueryVersion(), PATIENCE)).matches("\\d+\\.\\d+\\.\\d+");
            assertThat(session.run(new QmpCommand.QueryMachines(), PATIENCE).get("q35"))
                    .startsWith("pc-q35-");
            assertThat(session.run(new QmpCommand.SchemaWords(), PATIENCE)).contains("threads", "native");
        }
    }

    @Test
    void eventsComeInTheirOrder() throws Exception {
        try (Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(notes)) {
            Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
            session.run(new QmpCommand.Cont(), PATIENCE);
            session.run(new QmpCommand.Stop(), PATIENCE);
            session.run(new QmpCommand.SystemReset(), PATIENCE);
            await().until(() -> notes.events.contains(new QmpEvent.Reset(false)));
            assertThat(notes.events)
                    .extracting(Object::getClass)
                    .containsSubsequence(QmpEvent.Resumed.class, QmpEvent.Stopped.class, QmpEvent.Reset.class);
            assertThat(notes.events)
                    .filteredOn(QmpEvent.Stopped.class::isInstance)
                    .allSatisfy(stopped -> assertThat(((QmpEvent.Stopped) stopped).at())
                            .isBetween(before, Instant.now().plusMillis(1)));
        }
    }

    @Test
    void commandsSentTogetherAreAnsweredEach() throws Exception {
        try (Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(notes)) {
            List<CompletableFuture<UUID>> answers = java.util.stream.IntStream.range(0, 50)
                    .mapToObj(i -> session.send(new QmpCommand.QueryUuid()))
                    .toList();
            for (CompletableFuture<UUID> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(ID);
            }
        }
    }

    @Test
    void quitEndsTheConversationAndSaysWhy() throws Exception {
        try (Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(notes)) {
            session.run(new QmpCommand.Quit(), PATIENCE);
            assertThat(notes.end.get(20, TimeUnit.SECONDS)).hasMessageContaining("ended");
            assertThat(notes.events).contains(new QmpEvent.Shutdown(false, "host-qmp-quit"));
            assertThatThrownBy(() -> session.run(new QmpCommand.QueryStatus(), PATIENCE))
                    .isInstanceOf(QmpException.class);
            assertThat(session.isOver()).isTrue();
        }
    }

    @Test
    void qemuThatIsGoneIsDeafBeforeItsLastWordsAreTold() throws Exception {
        CompletableFuture<Void> mayBeTold = new CompletableFuture<>();
        QmpSession.Listener slow = new QmpSession.Listener() {
            @Override
            public void event(QmpEvent event) {
                mayBeTold.join();
                notes.event(event);
            }

            @Override
            public void ended(QmpException reason) {
                notes.ended(reason);
            }
        };
        try (Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(slow)) {
            assertThat(session.isDeaf()).isFalse();
            session.send(new QmpCommand.Quit());
            qemu.process.waitFor();
            assertThatThrownBy(() -> session.run(new QmpCommand.QueryStatus(), PATIENCE))
                    .isInstanceOf(QmpException.class);
            assertThat(session.isDeaf()).isTrue();
            assertThat(session.isOver()).isFalse();

            mayBeTold.complete(null);
            assertThat(notes.end.get(20, TimeUnit.SECONDS)).isNotNull();
            assertThat(notes.events).contains(new QmpEvent.Shutdown(false, "host-qmp-quit"));
            assertThat(session.isOver()).isTrue();
        }
    }

    @Test
    void aConnectionIsCutAlsoWhereQemuWaitsForItAndAnswersNothingElse() throws Exception {
        Path silent = directory.resolve("silent");
        Silent disk = new Silent();
        try (NbdServer _ = NbdServer.listen(silent, Map.of("disk", disk));
                Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(notes)) {
            Map<String, Object> server = Map.of("type", "unix", "path", silent.toString());
            session.run(
                    new SnapshotCommand.NodeAdd(Map.of(
                            "driver",
                            "nbd",
                            "node-name",
                            "far",
                            "server",
                            server,
                            "export",
                            "disk",
                            "read-only",
                            true)),
                    PATIENCE);
            CompletableFuture<QmpCommand.Done> opened = session.send(new SnapshotCommand.NodeAdd(
                    Map.of("driver", "qcow2", "node-name", "near", "file", "far", "read-only", true)));
            assertThat(disk.asked.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(session.send(new QmpCommand.QueryStatus()).isDone()).isFalse();

            session.run(new BlockCommand.Yank("far"), PATIENCE);

            assertThatThrownBy(() -> opened.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(QmpException.class);
            assertThat(session.run(new QmpCommand.QueryStatus(), PATIENCE)).isEqualTo(RunStatus.PRELAUNCH);
        } finally {
            disk.mayAnswer.countDown();
        }
    }

    @Test
    void killedQemuFailsWhatWasAsked() throws Exception {
        try (Qemu qemu = new Qemu(socket());
                QmpSession session = qemu.connect(notes)) {
            qemu.process.destroyForcibly().waitFor();
            assertThatThrownBy(() -> session.run(new QmpCommand.QueryStatus(), PATIENCE))
                    .isInstanceOf(QmpException.class);
            assertThat(notes.end.get(20, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void leavesNoSocketWhenQemuHasHungUp() throws Exception {
        try (Qemu qemu = new Qemu(socket())) {
            qemu.connect(notes).close();
            SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()));
            Notes told = new Notes();
            QmpSession session = QmpSession.open(channel, PATIENCE, told);

            qemu.process.destroyForcibly().waitFor();

            assertThat(told.end.get(20, TimeUnit.SECONDS)).isNotNull();
            assertThat(session.isOver()).isTrue();
            assertThat(channel.isOpen()).isFalse();
        }
    }

    @Test
    void waitForASocketEndsWhenQemuIsGone() {
        assertThatThrownBy(() -> QmpSession.connect(socket(), PATIENCE, () -> false, notes))
                .isInstanceOf(QmpException.class)
                .hasMessageContaining("ended before it listened");
    }

    @Test
    void peerThatDoesNotGreetIsGivenUp() throws Exception {
        try (ServerSocketChannel silent = listen()) {
            assertThatThrownBy(() -> QmpSession.connect(socket(), Duration.ofMillis(100), () -> true, notes))
                    .isInstanceOf(QmpException.class)
                    .hasMessageContaining("greeting");
            assertThat(silent.isOpen()).isTrue();
        }
    }

    @Test
    void peerThatTalksNonsenseIsGivenUp() throws Exception {
        try (ServerSocketChannel server = listen()) {
            Thread.ofVirtual().start(() -> {
                try (SocketChannel peer = server.accept()) {
                    peer.write(ByteBuffer.wrap("nonsense\n".getBytes(StandardCharsets.US_ASCII)));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThatThrownBy(() -> QmpSession.connect(socket(), PATIENCE, () -> true, notes))
                    .hasMessageContaining("not JSON");
        }
    }

    private ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket()));
    }

    private Path socket() {
        return directory.resolve("qmp");
    }

    /** Is there and tells nothing of what it has. */
    private static final class Silent implements NbdExport.Source {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch mayAnswer = new CountDownLatch(1);

        @Override
        public long sizeBytes() {
            return 1 << 20;
        }

        @Override
        public void read(long offset, ByteBuffer to) throws IOException {
            asked.countDown();
            try {
                mayAnswer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("nobody waits for it any more");
        }

        @Override
        public List<NbdExport.Part> parts(long offset, long length) {
            return List.of(new NbdExport.Part(length, true));
        }
    }

    private static final class Notes implements QmpSession.Listener {
        private final List<QmpEvent> events = new CopyOnWriteArrayList<>();
        private final CompletableFuture<QmpException> end = new CompletableFuture<>();

        @Override
        public void event(QmpEvent event) {
            events.add(event);
        }

        @Override
        public void ended(QmpException reason) {
            end.complete(reason);
        }
    }

    private static final class Qemu implements AutoCloseable {
        private final Path socket;
        private final Process process;

        Qemu(Path socket) throws IOException {
            this.socket = socket;
            process = new ProcessBuilder(
                            "qemu-system-x86_64",
                            "-nodefaults",
                            "-display",
                            "none",
                            "-machine",
                            "q35",
                            "-m",
                            "16",
                            "-uuid",
                            ID.toString(),
                            "-S",
                            "-qmp",
                            "unix:" + socket + ",server=on,wait=off")
                    .inheritIO()
                    .start();
        }

        QmpSession connect(QmpSession.Listener listener) throws IOException, InterruptedException {
            return QmpSession.connect(socket, PATIENCE, process::isAlive, listener);
        }

        @Override
        public void close() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }
    }
}
