package dev.yado.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** The places of all networks, or of all routers, each in a directory that is named by its id. */
final class Places<I> {
    private final Path directory;
    private final Function<String, I> parse;
    private final Map<I, Place> places = new ConcurrentHashMap<>();

    Places(Path directory, Function<String, I> parse) {
        this.directory = directory;
        this.parse = parse;
    }

    /** One at a time for each id. */
    <R> R with(I id, Function<Place, R> work) {
        Place place = places.computeIfAbsent(id, _ -> new Place(directory.resolve(id.toString())));
        place.lock.lock();
        try {
            return work.apply(place);
        } finally {
            place.lock.unlock();
        }
    }

    /** What is held of it now, whoever works on it. */
    Optional<Place.Held> there(I id) {
        Place place = places.get(id);
        return place == null ? Optional.empty() : place.now();
    }

    /** Those with a namespace, by their files. */
    List<I> carried() {
        try (Stream<Path> children = Files.list(directory)) {
            return children.filter(Place::isOne)
                    .map(child -> parse.apply(child.getFileName().toString()))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void close() {
        places.values().forEach(place -> {
            place.lock.lock();
            try {
                place.letGo();
            } finally {
                place.lock.unlock();
            }
        });
    }
}
