package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.RepositoryPlace;
import dev.yado.storage.repository.store.ObjectStore;
import dev.yado.vmmd.store.KnownRepositories;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repositories that the daemon was started with. One that this host has never seen is made where there is nothing; one that it has
 * seen and that is gone, or is another one now, is never written to: most often it is not mounted.
 */
public final class Repositories implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Repositories.class);
    private static final UUID NEVER_SEEN = new UUID(0, 0);

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);

    private final Map<String, Place> places = new TreeMap<>();
    private final Thread watch = Thread.ofVirtual().name("repositories").unstarted(this::watch);

    /** @param named by name */
    public Repositories(Map<String, RepositoryPlace> named, KnownRepositories known) {
        named.forEach((name, where) -> places.put(name, new Place(name, where, known)));
    }

    /** Looks at each now and again, so that what is wrong is told before somebody needs it. */
    public void begin() {
        watch.start();
    }

    private void watch() {
        try {
            while (!places.isEmpty()) {
                places.values().forEach(Place::look);
                Thread.sleep(BETWEEN_LOOKS);
            }
        } catch (InterruptedException e) {
            log.debug("repositories are not looked at any more");
        }
    }

    /** @throws YadoException {@link ErrorCode#REPOSITORY_UNAVAILABLE}, with the reason */
    public Repository open(String name) {
        Place place = places.get(name);
        if (place == null) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE,
                    "This host has no repository " + name + ": its daemon was started without --repository " + name
                            + "=DIR.");
        }
        return place.open();
    }

    /** As they were when they were last looked at or used. */
    public BackupFacts facts(int jobs) {
        return new BackupFacts(places.values().stream().map(Place::fact).toList(), jobs);
    }

    @Override
    public void close() {
        watch.interrupt();
        places.values().forEach(Place::close);
    }

    private static final class Place {
        private final String name;
        private final RepositoryPlace where;
        private final KnownRepositories known;
        private @Nullable Repository repository;
        private volatile BackupFacts.Repository fact;

        Place(String name, RepositoryPlace where, KnownRepositories known) {
            this.name = name;
            this.where = where;
            this.known = known;
            this.fact = new BackupFacts.Repository(name, NEVER_SEEN, "it has not been looked at yet");
        }

        BackupFacts.Repository fact() {
            return fact;
        }

        void look() {
            String before = fact.problem();
            try {
                Repository open = open();
                if (!open.isThere()) {
                    fact = new BackupFacts.Repository(
                            name, open.id(), "In " + open.where() + " there is no repository any more: is it mounted?");
                }
            } catch (YadoException e) {
                log.debug("repository {} cannot be used", name, e);
                fact = new BackupFacts.Repository(name, fact.marker(), e.getMessage());
            }
            String now = fact.problem();
            if (now != null && !now.equals(before)) {
                log.warn("repository {} cannot be used: {}", name, now);
            }
        }

        synchronized Repository open() {
            Repository open = repository;
            if (open == null) {
                open = opened();
                repository = open;
            }
            fact = new BackupFacts.Repository(name, open.id(), null);
            return open;
        }

        private Repository opened() {
            UUID seen = NEVER_SEEN;
            try {
                Optional<UUID> before = known.seen(name);
                seen = before.orElse(NEVER_SEEN);
                ObjectStore store = where.store();
                Repository found = before.isEmpty() && store.isEmpty()
                        ? Repository.create(store, where.secrets(), Duration.ZERO)
                        : Repository.open(store, where.secrets());
                if (before.isPresent() && !before.get().equals(found.id())) {
                    found.close();
                    throw new YadoException(
                            ErrorCode.REPOSITORY_UNAVAILABLE,
                            "In " + where + " lies another repository than before, " + found.id() + " instead of "
                                    + before.get() + ".");
                }
                known.seen(name, found.id());
                return found;
            } catch (IOException e) {
                YadoException failure = new YadoException(
                        ErrorCode.REPOSITORY_UNAVAILABLE,
                        "The host cannot look at repository " + name + ": " + e.getMessage(),
                        e);
                fact = new BackupFacts.Repository(name, seen, failure.getMessage());
                throw failure;
            } catch (YadoException e) {
                fact = new BackupFacts.Repository(name, seen, e.getMessage());
                throw e;
            }
        }

        synchronized void close() {
            if (repository != null) {
                repository.close();
                repository = null;
            }
        }
    }
}
