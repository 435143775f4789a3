package dev.yado.vmmd.store;

import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** What the host remembers of its VMs. A VM has a directory while it exists and a tombstone once it was deleted. */
public final class VmStore {
    private static final Logger log = LoggerFactory.getLogger(VmStore.class);
    private static final String MEMORY = "memory.json";
    private static final String JOURNAL = "journal.json";
    private final Path vms;
    private final Path tombstones;
    /** Guards their files too; null until they are first looked at. */
    private final Object deleted = new Object();

    private @Nullable Map<VmId, Tombstone> entombed;

    public VmStore(StateDirectory state) {
        vms = state.root().resolve("vms");
        tombstones = state.root().resolve("tombstones");
    }

    /** All of one VM. */
    public record Stored(RequestPolicy.Memory memory, Journal journal) {}

    /**
     * A deleted VM.
     *
     * @param runEpoch the newest permission to run that it had
     * @param sharedPools where disks of it are to be removed as well; none for a VM that belongs to another host now, null in a
     *     record of before
     */
    public record Tombstone(
            RequestPolicy.Memory memory,
            long runEpoch,
            Instant since,
            @Nullable Set<String> sharedPools) {
        public Set<String> disksIn() {
            return sharedPools == null ? Set.of() : sharedPools;
        }
    }

    /** What lies where a record was written. */
    public sealed interface Kept<T> {
        record AsWritten<T>() implements Kept<T> {}

        record Missing<T>() implements Kept<T> {}

        record Damaged<T>(String why) implements Kept<T> {}

        record Changed<T>(T other) implements Kept<T> {}
    }

    public Kept<RequestPolicy.Memory> memoryFile(VmId id, RequestPolicy.Memory written) {
        return kept(directory(id).resolve(MEMORY), written, RequestPolicy.Memory.class);
    }

    public Kept<Journal> journalFile(VmId id, Journal written) {
        return kept(directory(id).resolve(JOURNAL), written, Journal.class);
    }

    private static <T> Kept<T> kept(Path file, T written, Class<T> type) {
        try {
            T found = read(file, type);
            if (found == null) {
                return new Kept.Missing<>();
            }
            return found.equals(written) ? new Kept.AsWritten<>() : new Kept.Changed<>(found);
        } catch (IOException e) {
            return new Kept.Damaged<>("cannot be read");
        }
    }

    /**
     * Writes the tombstones again that are gone.
     *
     * @return whose they are
     */
    public List<VmId> restoreTombstones() throws IOException {
        synchronized (deleted) {
            List<VmId> restored = new ArrayList<>();
            for (Map.Entry<VmId, Tombstone> known : entombed().entrySet()) {
                Path file = tombstones.resolve(known.getKey() + ".json");
                if (!Files.exists(file)) {
                    write(file, known.getValue(), Survives.POWER_CUT);
                    restored.add(known.getKey());
                }
            }
            return restored;
        }
    }

    private Map<VmId, Tombstone> entombed() throws IOException {
        Map<VmId, Tombstone> known = entombed;
        if (known == null) {
            known = new HashMap<>();
            try (Stream<Path> files = Files.list(tombstones)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    String name = file.getFileName().toString();
                    if (name.endsWith(".json")) {
                        VmId id = VmId.of(name.substring(0, name.length() - ".json".length()));
                        tombstone(id).ifPresent(putting(known, id));
                    }
                }
            }
            entombed = known;
        }
        return known;
    }

    private static Consumer<Tombstone> putting(Map<VmId, Tombstone> map, VmId id) {
        return tomb -> map.put(id, tomb);
    }

    /** Where the directories of all VMs lie; without symbolic links. */
    public Path directories() {
        return vms;
    }

    /** Where everything of one VM but its disks lies. */
    public Path directory(VmId id) {
        return vms.resolve(id.toString());
    }

    /** VMs that have a directory, also those whose deletion is not complete. */
    public List<VmId> known() throws IOException {
        try (Stream<Path> entries = Files.list(vms)) {
            List<VmId> ids = new ArrayList<>();
            for (Path entry : (Iterable<Path>) entries.sorted()::iterator) {
                try {
                    ids.add(VmId.of(entry.getFileName().toString()));
                } catch (IllegalArgumentException e) {
                    log.warn("{} is not a VM's directory, it is left alone", entry);
                }
            }
            return ids;
        }
    }

    /**
     * Empty when nothing was accepted for this id.
     *
     * @throws IOException when the record is there but cannot be understood: the VM is then left as it is
     */
    public Optional<Stored> load(VmId id) throws IOException {
        RequestPolicy.@Nullable Memory memory = read(directory(id).resolve(MEMORY), RequestPolicy.Memory.class);
        if (memory == null) {
            return Optional.empty();
        }
        Journal journal = read(directory(id).resolve(JOURNAL), Journal.class);
        return Optional.of(new Stored(memory, journal == null ? Journal.EMPTY : journal));
    }

    public Optional<Tombstone> tombstone(VmId id) throws IOException {
        return Optional.ofNullable(read(tombstones.resolve(id + ".json"), Tombstone.class));
    }

    /** Lasts when it returns. */
    public void remember(VmId id, RequestPolicy.Memory memory) throws IOException {
        Path directory = ensureDirectory(id);
        write(directory.resolve(MEMORY), memory, Survives.POWER_CUT);
        synchronized (deleted) {
            if (entombed != null) {
                entombed.remove(id);
            }
            Files.deleteIfExists(tombstones.resolve(id + ".json"));
        }
    }

    /** Lasts when it returns. */
    public void record(VmId id, Journal journal) throws IOException {
        write(directory(id).resolve(JOURNAL), journal, Survives.POWER_CUT);
    }

    /** As both in this order: should only the first last, the VM was never accepted. */
    public void remember(VmId id, Journal journal, RequestPolicy.Memory memory) throws IOException {
        ensureDirectory(id);
        record(id, journal);
        remember(id, memory);
    }

    private Path ensureDirectory(VmId id) throws IOException {
        Path directory = directory(id);
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            DurableFile.forceDirectory(vms);
        }
        return directory;
    }

    /** Survives the daemon, not a power cut: for what a power cut undoes anyway. */
    public void note(VmId id, Journal journal) throws IOException {
        write(directory(id).resolve(JOURNAL), journal, Survives.DAEMON);
    }

    /** From here on the VM is deleted, though its directory may still be there. Lasts when it returns. */
    public void entomb(VmId id, Tombstone tombstone) throws IOException {
        synchronized (deleted) {
            write(tombstones.resolve(id + ".json"), tombstone, Survives.POWER_CUT);
            if (entombed != null) {
                entombed.put(id, tombstone);
            }
        }
    }

    /** Removes the directory with all that is in it. */
    public void clear(VmId id) throws IOException {
        Path directory = directory(id);
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
        DurableFile.forceDirectory(vms);
    }

    /** Forgets deletions that no request can still be late for. */
    public void forgetTombstones(Duration olderThan) throws IOException {
        Instant limit = Instant.now().minus(olderThan);
        try (Stream<Path> files = Files.list(tombstones)) {
            files.filter(file -> modified(file).isBefore(limit)).forEach(VmStore::delete);
        }
    }

    private static Instant modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> @Nullable T read(Path file, Class<T> type) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return ProtocolJson.mapper().readValue(Files.readAllBytes(file), type);
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    private static void write(Path file, Object value, Survives survives) throws IOException {
        DurableFile.replace(file, ProtocolJson.mapper().writeValueAsBytes(value), survives);
    }
}
