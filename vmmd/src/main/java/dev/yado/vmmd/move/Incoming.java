package dev.yado.vmmd.move;

import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.vmmd.qemu.GuestMachine;
import dev.yado.vmmd.qmp.MigrationCapability;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a QEMU that was started to wait for a guest listen for it, and for nobody else than its source. */
public final class Incoming {
    private static final Logger log = LoggerFactory.getLogger(Incoming.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Incoming() {}

    /**
     * @param directory the VM's
     * @throws IOException when QEMU cannot listen, with its reason
     */
    public static ArrivalAnswer.Endpoint listen(MoveParts host, QmpSession qemu, Arrival arrival, Path directory)
            throws IOException, InterruptedException {
        Path keys = StreamKeys.write(
                directory, StreamKeys.End.SERVER, host.authority(), arrival.sourceCertificates(), host.user());
        qemu.run(Streams.credentials(keys, StreamKeys.End.SERVER), PATIENCE);
        qemu.run(
                new QmpCommand.MigrateSetCapabilities(Map.of(
                        MigrationCapability.EVENTS,
                        true,
                        // Its disks are taken when it is let run, and not before: until then they are the source's.
                        MigrationCapability.LATE_BLOCK_ACTIVATE,
                        true)),
                PATIENCE);
        boolean postCopy = takesPostCopy(qemu);
        qemu.run(new QmpCommand.MigrateSetTls(StreamKeys.ID, null), PATIENCE);
        qemu.run(new QmpCommand.MigrateIncoming(Streams.uri(host.streamAddress(), 0)), PATIENCE);
        int port = qemu.run(new QmpCommand.QueryMigrationPort(), PATIENCE)
                .orElseThrow(() -> new QmpException("QEMU does not say where it listens for the guest"));
        Integer diskPort = arrival.copied().isEmpty()
                ? null
                : (Integer) IncomingDisks.listen(qemu, arrival, host.streamAddress(), GuestMachine::node);
        return new ArrivalAnswer.Endpoint(
                host.streamAddress(), port, diskPort, host.authority().name(), postCopy);
    }

    /** Its kernel has to let it handle page faults. */
    private static boolean takesPostCopy(QmpSession qemu) throws InterruptedException {
        try {
            qemu.run(
                    new QmpCommand.MigrateSetCapabilities(Map.of(
                            MigrationCapability.POSTCOPY_RAM,
                            true,
                            MigrationCapability.POSTCOPY_PREEMPT,
                            Streams.PREEMPT)),
                    PATIENCE);
        } catch (QmpException e) {
            return false;
        }
        try {
            // How long the guest waits for its memory is told when all of it has come.
            qemu.run(
                    new QmpCommand.MigrateSetCapabilities(Map.of(MigrationCapability.POSTCOPY_BLOCKTIME, true)),
                    PATIENCE);
        } catch (QmpException e) {
            log.debug("QEMU does not count what a guest waits for", e);
        }
        return true;
    }
}
