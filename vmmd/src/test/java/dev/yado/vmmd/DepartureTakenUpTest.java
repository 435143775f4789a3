package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Cause;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.vmmd.move.LayerOffers;
import dev.yado.vmmd.move.MoveParts;
import dev.yado.vmmd.move.Outgoing;
import dev.yado.vmmd.move.Outgoing.Outcome;
import dev.yado.vmmd.move.StreamAuthority;
import dev.yado.vmmd.network.FlowWatch;
import dev.yado.vmmd.qemu.QemuUser;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.store.LessonStore;
import dev.yado.vmmd.store.MoveStore;
import dev.yado.vmmd.store.StateDirectory;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moves that somebody else has begun, of which it is known whether go was said or it is not. Nobody listens at the destination. */
class DepartureTakenUpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory = Path.of("");

    private final Ear ear = new Ear();
    private @Nullable StateDirectory state;
    private @Nullable MoveParts parts;

    @BeforeEach
    void open() throws IOException {
        StateDirectory opened = StateDirectory.open(directory.resolve("state"));
        Path root = directory.resolve("state");
        HostId id = StateDirectory.claimHostId(root);
        StreamAuthority authority = StreamAuthority.open(root, id);
        MachineTls tls = new MachineTls(new TestingCa().host(id.value(), "source"));
        state = opened;
        parts = new MoveParts(
                new MoveStore(opened),
                new LessonStore(opened),
                authority,
                tls,
                new QemuUser.Own(),
                new LayerOffers(),
                "127.0.0.1");
    }

    @AfterEach
    void close() throws IOException {
        if (state != null) {
            state.close();
        }
    }

    @Test
    void staysWithoutAskingAnybodyWhenItIsKnownThatGoWasNotSaid() throws Exception {
        resume(null, true);
        assertThat(ear.ended.get(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(Outcome.Decided.class, decided -> {
            assertThat(decided.answer().phase()).isEqualTo(Phase.STAYED);
            assertThat(decided.answer().cause()).extracting(Cause::code).isEqualTo(Cause.Code.MIGRATION_FAILED);
        });
    }

    @Test
    void asksTheDestinationWhenItMayHaveBeenSaid() throws Exception {
        Outgoing outgoing = resume(null, false);
        await().atMost(PATIENCE).until(() -> outgoing.phase() == Phase.IN_DOUBT);
        assertThat(ear.ended).isNotDone();
        outgoing.overrule(new Cause(Cause.Code.MIGRATION_CANCELLED, "The test is over."));
        assertThat(ear.ended.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Decided.class);
    }

    /** A process that ends while it is asked: as a guest's that powers itself off does. */
    @Test
    void aConversationThatEndsAgainDoesNotMakeItForgetThatGoWasNotSaid() throws Exception {
        try (ServerSocketChannel qemu = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Path socket = directory.resolve("qmp");
            qemu.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> greetAndEnd(qemu));
            QmpSession session = QmpSession.connect(socket, PATIENCE, () -> true, new Silence());
            resume(session, true);
            assertThat(ear.ended.get(20, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            Outcome.Lost.class,
                            lost -> assertThat(lost.goSaid()).isFalse());
        }
    }

    private static void greetAndEnd(ServerSocketChannel qemu) {
        try (SocketChannel client = qemu.accept()) {
            say(client, "{\"QMP\": {}}\n");
            client.read(ByteBuffer.allocate(4096));
            say(client, "{\"return\": {}, \"id\": 0}\n");
            client.read(ByteBuffer.allocate(4096));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void say(SocketChannel client, String words) throws IOException {
        client.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)));
    }

    private Outgoing resume(@Nullable QmpSession session, boolean notSaid) throws IOException {
        MoveParts host = parts;
        if (host == null) {
            throw new IOException("not opened");
        }
        Departure departure = new Departure(
                MigrationId.random(),
                HostId.random(),
                "https://127.0.0.1:1",
                new ArrivalAnswer.Endpoint("127.0.0.1", 1, null, "destination"),
                "",
                null,
                List.of(),
                MigrationGoal.DEFAULT);
        Outgoing.Order order = new Outgoing.Order(
                VmId.random(),
                departure,
                List.of(),
                1 << 20,
                Instant.now(),
                directory,
                null,
                new FlowWatch(List::of),
                null);
        return Outgoing.resume(host, order, session, notSaid, ear);
    }

    private static final class Ear implements Outgoing.Listener {
        private final CompletableFuture<Outcome> ended = new CompletableFuture<>();

        @Override
        public void leaves() {}

        @Override
        public void saysGo(Outgoing who) {}

        @Override
        public void slows(int percent) {}

        @Override
        public void ended(Outgoing who, Outcome outcome) {
            ended.complete(outcome);
        }
    }

    private static final class Silence implements QmpSession.Listener {
        @Override
        public void event(QmpEvent event) {}

        @Override
        public void ended(QmpException reason) {}
    }
}
