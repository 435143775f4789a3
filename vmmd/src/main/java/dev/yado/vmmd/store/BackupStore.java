package dev.yado.vmmd.store;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Backups that were begun here and how they ended, one file each. What is written lasts when the call returns. */
public final class BackupStore {
    private static final String SUFFIX = ".json";

    private final Path backups;

    public BackupStore(StateDirectory state) throws IOException {
        backups = Files.createDirectories(state.root().resolve("backups"));
    }

    /**
     * @param job null for one that was only ever cancelled
     * @param answer null while it is under way
     */
    public record Begun(
            VmId vm, @Nullable BackupJob job, @Nullable BackupAnswer answer) {}

    /** Empty for one that was never heard of. */
    public Optional<Begun> find(BackupId id) throws IOException {
        return read(backups.resolve(id + SUFFIX));
    }

    public void begin(VmId vm, BackupJob job) throws IOException {
        write(job.id(), new Begun(vm, job, null));
    }

    /** @param answer a final one */
    public void end(VmId vm, @Nullable BackupJob job, BackupAnswer answer) throws IOException {
        write(answer.id(), new Begun(vm, job, answer));
    }

    /** Of all VMs, those that have no end. */
    public Map<BackupId, Begun> unfinished() throws IOException {
        Map<BackupId, Begun> unfinished = new HashMap<>();
        for (Path file : files()) {
            Begun begun = read(file).orElse(null);
            if (begun != null && begun.answer() == null && begun.job() != null) {
                unfinished.put(begun.job().id(), begun);
            }
        }
        return unfinished;
    }

    /** Forgets those that nobody can still ask for. */
    public void forget(Duration olderThan) throws IOException {
        Instant limit = Instant.now().minus(olderThan);
        for (Path file : files()) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(backups)) {
            return all.filter(file -> file.toString().endsWith(SUFFIX)).toList();
        }
    }

    private static Optional<Begun> read(Path file) throws IOException {
        try {
            return Optional.of(ProtocolJson.mapper().readValue(Files.readAllBytes(file), Begun.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    private void write(BackupId id, Begun begun) throws IOException {
        DurableFile.replace(
                backups.resolve(id + SUFFIX), ProtocolJson.mapper().writeValueAsBytes(begun), Survives.POWER_CUT);
    }
}
