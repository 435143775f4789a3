package dev.yado.vmmd.store;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkPolicy.Memory;
import dev.yado.protocol.network.RouterId;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;

/**
 * What the host remembers of its networks, or of its routers: one file for each in {@code wanted/}, with the newest accepted
 * generation, also after a deletion.
 */
public final class NetworkStore<K extends Comparable<K>, T> {
    private static final Logger log = LoggerFactory.getLogger(NetworkStore.class);
    private static final String SUFFIX = ".json";

    private final Path directory;
    private final Function<String, K> id;
    private final JavaType type;

    private NetworkStore(Path directory, Function<String, K> id, Class<T> content) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.id = id;
        this.type = ProtocolJson.mapper().getTypeFactory().constructParametricType(Memory.class, content);
    }

    public static NetworkStore<NetworkId, HostNetwork> ofNetworks(StateDirectory state) throws IOException {
        return new NetworkStore<>(state.root().resolve("wanted/networks"), NetworkId::of, HostNetwork.class);
    }

    public static NetworkStore<RouterId, HostRouter> ofRouters(StateDirectory state) throws IOException {
        return new NetworkStore<>(state.root().resolve("wanted/routers"), RouterId::of, HostRouter.class);
    }

    /** All that can be read; the log names what cannot, which then has to be given again. */
    public Map<K, Memory<T>> load() throws IOException {
        Map<K, Memory<T>> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (!name.endsWith(SUFFIX)) {
                    continue;
                }
                try {
                    all.put(id.apply(name.substring(0, name.length() - SUFFIX.length())), read(file));
                } catch (IOException | IllegalArgumentException e) {
                    log.error("{} is left as it is: {}", file, e.getMessage());
                }
            }
        }
        return all;
    }

    /** Lasts when it returns. */
    public void keep(K key, Memory<T> memory) throws IOException {
        DurableFile.replace(file(key), ProtocolJson.mapper().writeValueAsBytes(memory), Survives.POWER_CUT);
    }

    /** Whether the file still says what was kept. */
    public VmStore.Kept<Memory<T>> look(K key, Memory<T> kept) {
        if (!Files.exists(file(key))) {
            return new VmStore.Kept.Missing<>();
        }
        try {
            Memory<T> found = read(file(key));
            return found.equals(kept) ? new VmStore.Kept.AsWritten<>() : new VmStore.Kept.Changed<>(found);
        } catch (IOException e) {
            return new VmStore.Kept.Damaged<>("cannot be read");
        }
    }

    /** Where it lies below the state directory, for people. */
    public String nameOf(K key) {
        return "wanted/" + directory.getFileName() + "/" + key + SUFFIX;
    }

    /** Forgets deletions that no request can still be late for. */
    public void forgetDeleted(Duration olderThan) throws IOException {
        Instant limit = Instant.now().minus(olderThan);
        for (Map.Entry<K, Memory<T>> each : load().entrySet()) {
            Path file = file(each.getKey());
            if (each.getValue().content() == null
                    && Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private Path file(K key) {
        return directory.resolve(key + SUFFIX);
    }

    private Memory<T> read(Path file) throws IOException {
        try {
            Memory<T> memory = ProtocolJson.mapper().readValue(Files.readAllBytes(file), type);
            if (memory == null) {
                throw new IOException(file + " is damaged: it says null");
            }
            return memory;
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }
}
