package dev.yado.vmmd.store;

import dev.yado.protocol.HostId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** How moves ended here, one file each. What is written lasts when the call returns, and is never changed again. */
public final class MoveStore {
    private static final String ARRIVAL = ".arrival.json";
    private static final String DEPARTURE = ".departure.json";

    private final Path moves;

    public MoveStore(StateDirectory state) throws IOException {
        moves = Files.createDirectories(state.root().resolve("moves"));
    }

    /**
     * The destination's decision.
     *
     * @param from null for a move that was never heard of here
     * @param answer ARRIVED or ABORTED
     */
    public record Decided(VmId vm, @Nullable HostId from, ArrivalAnswer answer) {}

    /** @param answer HANDED_OVER or STAYED */
    public record Departed(VmId vm, DepartureAnswer answer) {}

    /** Empty while it is not decided. */
    public Optional<Decided> arrival(MigrationId id) throws IOException {
        return read(moves.resolve(id + ARRIVAL), Decided.class);
    }

    /** Empty while it is under way. */
    public Optional<Departed> departure(MigrationId id) throws IOException {
        return read(moves.resolve(id + DEPARTURE), Departed.class);
    }

    /** To be called once for each move. */
    public void decide(Decided decided) throws IOException {
        write(moves.resolve(decided.answer().id() + ARRIVAL), decided);
    }

    /** To be called once for each move. */
    public void ended(Departed departed) throws IOException {
        write(moves.resolve(departed.answer().id() + DEPARTURE), departed);
    }

    /** Forgets moves that nobody can still ask for. */
    public void forget(Duration olderThan) throws IOException {
        Instant limit = Instant.now().minus(olderThan);
        List<Path> files;
        try (Stream<Path> all = Files.list(moves)) {
            files = all.toList();
        }
        for (Path file : files) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static <T> Optional<T> read(Path file, Class<T> type) throws IOException {
        try {
            return Optional.of(ProtocolJson.mapper().readValue(Files.readAllBytes(file), type));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    private static void write(Path file, Object value) throws IOException {
        DurableFile.replace(file, ProtocolJson.mapper().writeValueAsBytes(value), Survives.POWER_CUT);
    }
}
