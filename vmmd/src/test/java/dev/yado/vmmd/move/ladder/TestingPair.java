package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.qmp.MigrationCapability;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.RunStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Two QEMUs, and a guest that writes to its memory and goes from the one to the other as the ladder says. */
final class TestingPair implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Pattern WRONG = Pattern.compile("dirty: \\d+ pages=(\\d+) wrong=(\\d+)");

    private final Path directory = Files.createTempDirectory("yado-pair-");
    private final End source;
    private final End destination;

    /** How it went. @param blackoutMs from the source's word that the guest is held to the destination's that it runs */
    record Result(Status status, Duration took, double blackoutMs, List<Rung> rungs, MigrationStatistics last) {
        List<Rung.Kind> kinds() {
            return rungs.stream().map(Rung::kind).distinct().toList();
        }

        boolean did(Rung.Kind kind) {
            return kinds().contains(kind);
        }
    }

    private static final class End implements QmpSession.Listener, AutoCloseable {
        private final Path directory;
        private final Process process;
        private final QmpSession session;
        private final OutputStream keyboard;
        private volatile long stoppedAt;
        private volatile long resumedAt;

        End(Path directory, int mib, boolean waits) throws IOException, InterruptedException {
            this.directory = Files.createDirectories(directory);
            Path guest = Path.of(System.getenv().getOrDefault("YADO_GUEST_DIR", "target/guest"));
            List<String> command = new ArrayList<>(
                    List.of("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"));
            command.addAll(List.of("-machine", "q35,usb=off,vmport=off,smm=off,sata=off"));
            command.addAll(List.of("-accel", "tcg,thread=multi", "-cpu", "qemu64", "-m", (mib * 1024 + 8) + "k"));
            command.addAll(List.of("-kernel", guest.resolve("vmlinuz").toString()));
            command.addAll(List.of("-initrd", guest.resolve("initrd.img").toString()));
            command.addAll(List.of("-append", "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check"));
            command.addAll(List.of("-qmp", "unix:" + directory.resolve("qmp") + ",server=on,wait=off"));
            command.addAll(List.of(
                    "-chardev",
                    "socket,id=tty,path=" + directory.resolve("tty") + ",server=on,wait=off,logfile=" + log()));
            command.addAll(List.of("-device", "isa-serial,chardev=tty"));
            if (waits) {
                command.addAll(List.of("-S", "-incoming", "defer"));
            }
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.to(directory.resolve("qemu.log").toFile()))
                    .start();
            session = QmpSession.connect(directory.resolve("qmp"), PATIENCE, process::isAlive, this);
            SocketChannel tty = SocketChannel.open(StandardProtocolFamily.UNIX);
            tty.connect(UnixDomainSocketAddress.of(directory.resolve("tty")));
            // A terminal that nobody reads is full after some hundred characters, and the guest then waits for it.
            Thread.ofVirtual().start(() -> drain(tty));
            keyboard = new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    tty.write(ByteBuffer.wrap(new byte[] {(byte) b}));
                }
            };
        }

        private static void drain(SocketChannel tty) {
            ByteBuffer read = ByteBuffer.allocate(4096);
            try {
                while (tty.read(read) >= 0) {
                    read.clear();
                }
            } catch (IOException e) {
                // QEMU has ended.
            }
        }

        private Path log() {
            return directory.resolve("tty.log");
        }

        String said() throws IOException {
            return Files.exists(log()) ? Files.readString(log(), StandardCharsets.ISO_8859_1) : "";
        }

        void await(Pattern words) throws IOException, InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!words.matcher(said()).find()) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    throw new IOException("the guest did not say " + words + ": " + said());
                }
                Thread.sleep(20);
            }
        }

        <R> R run(QmpCommand<R> command) throws QmpException, InterruptedException {
            return session.run(command, PATIENCE);
        }

        @Override
        public void event(QmpEvent event) {
            switch (event) {
                case QmpEvent.Stopped _ -> stoppedAt = System.nanoTime();
                case QmpEvent.Resumed _ -> resumedAt = System.nanoTime();
                default -> {}
            }
        }

        @Override
        public void ended(QmpException reason) {}

        @Override
        public void close() throws IOException {
            session.close();
            process.destroyForcibly();
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @param dirty arguments of the guest's command; null for a guest that does nothing */
    TestingPair(int mib, @Nullable String dirty) throws IOException, InterruptedException {
        source = new End(directory.resolve("source"), mib, false);
        try {
            source.await(Pattern.compile("yado# "));
            if (dirty != null) {
                source.keyboard.write(("dirty " + dirty + " &\n").getBytes(StandardCharsets.US_ASCII));
                source.await(Pattern.compile("dirty: 2 pages="));
            }
            destination = new End(directory.resolve("destination"), mib, true);
        } catch (IOException | InterruptedException e) {
            source.close();
            throw e;
        }
    }

    QmpSession source() {
        return source.session;
    }

    long sourcePid() {
        return source.process.pid();
    }

    Result migrate(MigrationGoal goal, Abilities both, long memoryBytes) throws IOException, InterruptedException {
        Instant began = Instant.now();
        Ladder ladder = new Ladder(goal, both, memoryBytes, began);
        Opening opening = ladder.opening(Duration.ZERO);
        Map<MigrationCapability, Boolean> capabilities = new EnumMap<>(MigrationCapability.class);
        opening.on().forEach(capability -> capabilities.put(capability, true));
        capabilities.put(MigrationCapability.EVENTS, true);
        capabilities.put(MigrationCapability.RETURN_PATH, true);
        source.run(new QmpCommand.MigrateSetCapabilities(capabilities));
        destination.run(new QmpCommand.MigrateSetCapabilities(capabilities));
        source.run(new QmpCommand.MigrateSetParameters(opening.parameters()));
        destination.run(new QmpCommand.MigrateIncoming("tcp:127.0.0.1:0"));
        int port = destination.run(new QmpCommand.QueryMigrationPort()).orElseThrow();
        long start = System.nanoTime();
        source.run(new QmpCommand.Migrate("tcp:127.0.0.1:" + port));
        List<Rung> rungs = new ArrayList<>(opening.rungs());
        boolean going = false;
        boolean gaveUp = false;
        while (true) {
            Thread.sleep(20);
            MigrationStatistics now = source.run(new QmpCommand.QueryMigrate());
            if (now.status() == Status.FAILED && gaveUp) {
                // QEMU 7.2 cuts the connection before it notes that it was cancelled: whoever copies may meet that
                // first.
                return new Result(Status.CANCELLED, Duration.ofNanos(System.nanoTime() - start), 0, rungs, now);
            }
            if (now.status() == Status.FAILED) {
                throw new IOException("it failed: " + now.error());
            }
            if (!going && (now.status().following() || now.status() == Status.COMPLETED)) {
                going = letRun();
            }
            if (now.status().over()) {
                double blackout = (destination.resumedAt - source.stoppedAt) / 1e6;
                return new Result(
                        now.status(), Duration.ofNanos(System.nanoTime() - start), going ? blackout : 0, rungs, now);
            }
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            switch (ladder.next(now, elapsed)) {
                case Decision.Keep _ -> {}
                case Decision.Adjust(var parameters, var rung) -> {
                    rungs.add(rung);
                    source.run(new QmpCommand.MigrateSetParameters(parameters));
                }
                case Decision.StartPostCopy(var rung) -> {
                    rungs.add(rung);
                    source.run(new QmpCommand.MigrateStartPostcopy());
                }
                case Decision.RecoverPostCopy(var why) -> throw new IOException(why);
                case Decision.GiveUp give -> {
                    gaveUp = true;
                    rungs.add(give.rung());
                    source.run(new QmpCommand.MigrateCancel());
                }
            }
        }
    }

    /** The destination takes a moment from the last byte until it can be told. */
    private boolean letRun() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (destination.run(new QmpCommand.QueryStatus()) == RunStatus.INMIGRATE) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the destination did not get the guest");
            }
            Thread.sleep(1);
        }
        destination.run(new QmpCommand.Cont());
        return true;
    }

    /** What the guest has lost, by its own word after it has looked at pages again; at the destination when it has arrived. */
    long wrongPages(boolean arrived) throws IOException, InterruptedException {
        End where = arrived ? destination : source;
        int before = where.said().length();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Matcher words = WRONG.matcher(where.said());
            int lines = 0;
            long wrong = 0;
            while (words.find()) {
                lines += words.start() >= before ? 1 : 0;
                wrong = Long.parseLong(words.group(2));
            }
            if (lines >= 2) {
                return wrong;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("the guest says nothing more: " + where.said());
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
        destination.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
