package dev.yado.vmmd.move;

import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.vmmd.move.ladder.Opening;
import dev.yado.vmmd.qmp.MigrationCapability;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process that a guest goes from, and what is asked of it. */
final class SourceQemu {
    private static final Logger log = LoggerFactory.getLogger(SourceQemu.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Those that an earlier move may have left on. */
    private static final Set<MigrationCapability> LADDERS = EnumSet.of(
            MigrationCapability.XBZRLE,
            MigrationCapability.AUTO_CONVERGE,
            MigrationCapability.MULTIFD,
            MigrationCapability.POSTCOPY_RAM,
            MigrationCapability.POSTCOPY_PREEMPT);

    private final MoveParts host;
    private final QmpSession session;
    private final Path directory;

    SourceQemu(MoveParts host, QmpSession session, Path directory) {
        this.host = host;
        this.session = session;
        this.directory = directory;
    }

    QmpSession session() {
        return session;
    }

    /** The streams go over TLS, to nobody but the destination. */
    void trust(Departure departure) throws IOException, InterruptedException {
        forget();
        Path keys = StreamKeys.write(
                directory, StreamKeys.End.CLIENT, host.authority(), departure.destinationCertificates(), host.user());
        session.run(Streams.credentials(keys, StreamKeys.End.CLIENT), PATIENCE);
        session.run(
                new QmpCommand.MigrateSetTls(StreamKeys.ID, departure.endpoint().tlsName()), PATIENCE);
    }

    /** As {@link #trust}, of a process without a guest. */
    void trustDisks(Departure departure) throws IOException, InterruptedException {
        Path keys = StreamKeys.write(
                directory, StreamKeys.End.CLIENT, host.authority(), departure.destinationCertificates(), host.user());
        session.run(Streams.credentials(keys, StreamKeys.End.CLIENT), PATIENCE);
    }

    /** The opposite of {@link #trust}; what cannot be taken back now is with the next one. */
    void forget() throws IOException, InterruptedException {
        if (!session.isOver()) {
            try {
                session.run(new QmpCommand.ObjectDel(StreamKeys.ID), PATIENCE);
            } catch (QmpException e) {
                log.trace("there were no credentials", e);
            }
        }
        StreamKeys.remove(directory);
    }

    /**
     * @param postCopy the destination is ready for it, which both ends have to be in the same way or the last word of one is not
     *     understood by the other; whether it is made use of is another question
     * @param waits before it switches over, for {@link #goOn}
     */
    void set(Opening opening, boolean postCopy, boolean waits) throws QmpException, InterruptedException {
        Map<MigrationCapability, Boolean> capabilities = new EnumMap<>(MigrationCapability.class);
        LADDERS.forEach(capability -> capabilities.put(capability, opening.on().contains(capability)));
        capabilities.put(MigrationCapability.POSTCOPY_RAM, postCopy);
        capabilities.put(MigrationCapability.POSTCOPY_PREEMPT, postCopy && Streams.PREEMPT);
        capabilities.put(MigrationCapability.EVENTS, true);
        capabilities.put(MigrationCapability.RETURN_PATH, true);
        capabilities.put(MigrationCapability.PAUSE_BEFORE_SWITCHOVER, waits);
        session.run(new QmpCommand.MigrateSetCapabilities(capabilities), PATIENCE);
        set(opening.parameters());
    }

    void set(Map<MigrationParameter, Long> parameters) throws QmpException, InterruptedException {
        session.run(new QmpCommand.MigrateSetParameters(parameters), PATIENCE);
    }

    void migrate(ArrivalAnswer.Endpoint to, int port) throws QmpException, InterruptedException {
        session.run(new QmpCommand.Migrate(Streams.uri(to.address(), port)), PATIENCE);
    }

    void goOn() throws QmpException, InterruptedException {
        session.run(new QmpCommand.MigrateContinue(), PATIENCE);
    }

    void startPostCopy() throws QmpException, InterruptedException {
        session.run(new QmpCommand.MigrateStartPostcopy(), PATIENCE);
    }

    /** Its result comes as a status. */
    void cancel() throws QmpException, InterruptedException {
        session.run(new QmpCommand.MigrateCancel(), PATIENCE);
    }

    MigrationStatistics statistics() throws QmpException, InterruptedException {
        return session.run(new QmpCommand.QueryMigrate(), PATIENCE);
    }
}
