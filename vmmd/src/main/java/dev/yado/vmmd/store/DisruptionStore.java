package dev.yado.vmmd.store;

import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * What guests of this host were kept from, one file each: those that go on, and those that are over until the controller has heard of
 * them. The death of the daemon loses none, and each is told under the same name however often it is told. Any thread may use it.
 */
public final class DisruptionStore {
    private static final Logger log = LoggerFactory.getLogger(DisruptionStore.class);
    private static final String OPEN = ".open";
    private static final String OVER = ".json";
    /** Without a controller that hears them the oldest are forgotten. */
    private static final int MOST_UNTOLD = 10_000;

    private final Path directory;
    private final Runnable news;
    private final Map<String, Disruption> open = new HashMap<>();
    private final TreeMap<Key, Disruption> untold = new TreeMap<>();

    /** As the controller knows it. */
    private record Key(Instant at, VmId vm, Kind kind) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::at).thenComparing(Key::vm).thenComparing(Key::kind);

        static Key of(Disruption disruption) {
            return new Key(disruption.at(), disruption.vm(), disruption.kind());
        }

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }

        String file() {
            return vm + "-" + kind + "-" + ChronoUnit.MICROS.between(Instant.EPOCH, at) + OVER;
        }
    }

    /** @param news told when there is something to tell; must not block */
    public DisruptionStore(StateDirectory state, Runnable news) throws IOException {
        this.directory = Files.createDirectories(state.root().resolve("disruptions"));
        this.news = news;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*{" + OPEN + "," + OVER + "}")) {
            for (Path file : files) {
                read(file);
            }
        }
        // The daemon died after it had written the end and before the begin was gone.
        open.values().removeIf(begun -> untold.containsKey(Key.of(begun)));
    }

    private void read(Path file) throws IOException {
        try {
            Disruption known = ProtocolJson.mapper().readValue(Files.readAllBytes(file), Disruption.class);
            if (file.getFileName().toString().endsWith(OPEN)) {
                open.put(openName(known.vm(), known.kind()), known);
            } else {
                untold.put(Key.of(known), known);
            }
        } catch (JacksonException e) {
            log.warn("{} is damaged and passed over: {}", file, e.getOriginalMessage());
        }
    }

    /**
     * Nothing when one of that kind goes on already.
     *
     * @return false when the next daemon would not know of it
     */
    public synchronized boolean begin(VmId vm, Kind kind, Instant at, String detail) {
        String name = openName(vm, kind);
        if (open.containsKey(name)) {
            return true;
        }
        Disruption begun = new Disruption(vm, kind, at.truncatedTo(ChronoUnit.MICROS), 0, detail);
        open.put(name, begun);
        return write(name, begun);
    }

    /** The one of that kind that goes on; its {@code ms} says nothing. */
    public synchronized Optional<Disruption> open(VmId vm, Kind kind) {
        return Optional.ofNullable(open.get(openName(vm, kind)));
    }

    /** Nothing when none of that kind goes on. */
    public synchronized void end(VmId vm, Kind kind, Instant until) {
        end(vm, kind, until, "");
    }

    /** @param remark what became known of it meanwhile, behind what was said when it began */
    public synchronized void end(VmId vm, Kind kind, Instant until, String remark) {
        open(vm, kind)
                .ifPresent(begun -> end(
                        begun, Math.max(0, Duration.between(begun.at(), until).toNanos() / 1e6), remark));
    }

    /** As {@link #end(VmId, Kind, Instant)}, by a clock of somebody's own. */
    public synchronized void end(VmId vm, Kind kind, double ms) {
        open(vm, kind).ifPresent(begun -> end(begun, ms, ""));
    }

    private void end(Disruption begun, double ms, String remark) {
        add(new Disruption(begun.vm(), begun.kind(), begun.at(), ms, begun.detail() + remark));
        drop(begun.vm(), begun.kind());
    }

    /** It was none after all, or nobody knows how long it was. */
    public synchronized void drop(VmId vm, Kind kind) {
        String name = openName(vm, kind);
        if (open.remove(name) != null) {
            delete(name);
        }
    }

    /** One that is over. */
    public synchronized void add(Disruption over) {
        Disruption exact = new Disruption(
                over.vm(), over.kind(), over.at().truncatedTo(ChronoUnit.MICROS), over.ms(), over.detail());
        Key key = Key.of(exact);
        untold.put(key, exact);
        write(key.file(), exact);
        while (untold.size() > MOST_UNTOLD) {
            delete(untold.pollFirstEntry().getKey().file());
        }
        news.run();
    }

    /** The oldest first. */
    public synchronized List<Disruption> untold(int most) {
        return untold.values().stream().limit(most).toList();
    }

    /** The controller knows them. */
    public synchronized void heard(Collection<Disruption> told) {
        for (Disruption each : told) {
            Key key = Key.of(each);
            if (untold.remove(key) != null) {
                delete(key.file());
            }
        }
    }

    private static String openName(VmId vm, Kind kind) {
        return vm + "-" + kind + OPEN;
    }

    private boolean write(String name, Disruption disruption) {
        try {
            DurableFile.replace(
                    directory.resolve(name), ProtocolJson.mapper().writeValueAsBytes(disruption), Survives.DAEMON);
            return true;
        } catch (IOException e) {
            log.warn("{} is lost should the daemon die before it is told: {}", disruption, e.getMessage());
            return false;
        }
    }

    private void delete(String name) {
        try {
            Files.deleteIfExists(directory.resolve(name));
        } catch (IOException e) {
            log.warn("{} will be told again by the next daemon: {}", name, e.getMessage());
        }
    }
}
