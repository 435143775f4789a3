package dev.yado.vmmd.move;

import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.GuestMachine;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that has the disks of a VM open which does not run: while it does, no guest can have them. It never runs one itself.
 * Closing it ends it at once.
 */
public final class Storage implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Storage.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration ENDING = Duration.ofSeconds(20);

    private final QemuProcess process;
    private final QmpSession session;

    private Storage(QemuProcess process, QmpSession session) {
        this.process = process;
        this.session = session;
    }

    /** How a departure comes to one. */
    public interface Opening {
        /** @throws IOException when the disks cannot be opened, with the reason */
        Storage open() throws IOException, InterruptedException;
    }

    /** One that waits for the source. */
    public record Served(Storage storage, ArrivalAnswer.Endpoint endpoint) {}

    /**
     * @param directory the VM's
     * @param drives by their place among the VM's
     */
    public static Storage open(QemuLauncher launcher, Path directory, Map<Integer, GuestMachine.Drive> drives)
            throws IOException, InterruptedException {
        QemuProcess process = launcher.startStorage(drives, new GuestFiles(directory));
        try {
            return new Storage(process, process.connect(PATIENCE, new Deaf()));
        } catch (QmpException e) {
            process.kill();
            String said = process.lastWord();
            throw new IOException(
                    "QEMU's storage daemon did not open the disks: " + (said == null ? e.getMessage() : said), e);
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.kill();
            throw e;
        }
    }

    /** What it can be asked over. */
    public QmpSession session() {
        return session;
    }

    /** Completes when it is gone, however it ended. */
    public CompletableFuture<?> end() {
        return process.end();
    }

    /** Lets the source, and nobody else, write what is copied. */
    public Served serve(MoveParts host, Arrival arrival, Path directory) throws IOException, InterruptedException {
        Path keys = StreamKeys.write(
                directory, StreamKeys.End.SERVER, host.authority(), arrival.sourceCertificates(), host.user());
        session.run(Streams.credentials(keys, StreamKeys.End.SERVER), PATIENCE);
        int port = IncomingDisks.listen(session, arrival, host.streamAddress(), GuestMachine::node);
        return new Served(
                this,
                new ArrivalAnswer.Endpoint(
                        host.streamAddress(), null, port, host.authority().name()));
    }

    /** Ends it with all that was written on the disks. @throws IOException when that is not known */
    public void quit() throws IOException, InterruptedException {
        session.run(new QmpCommand.Quit(), PATIENCE);
        try {
            process.end().get(ENDING.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("QEMU's storage daemon did not end within " + ENDING.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException("it is not known how QEMU's storage daemon ended", e);
        } finally {
            close();
        }
    }

    /** Returns when the disks are free again, which takes some milliseconds. */
    @Override
    public void close() {
        session.close();
        if (process.alive()) {
            process.kill();
        }
        try {
            process.end().get(ENDING.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.error("process {} does not end after SIGKILL", process.pid(), e);
        }
    }

    private record Deaf() implements QmpSession.Listener {
        @Override
        public void event(QmpEvent event) {}

        @Override
        public void ended(QmpException reason) {}
    }
}
