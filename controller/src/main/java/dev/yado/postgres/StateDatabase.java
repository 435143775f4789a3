package dev.yado.postgres;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The embedded PostgreSQL of a state directory, for programs that are no controller. It is stopped when nobody else uses it. */
public final class StateDatabase implements AutoCloseable {
    private final EmbeddedPostgres postgres;

    private StateDatabase(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    /** @throws IllegalStateException with what to do, when it does not start */
    public static StateDatabase open(Path state) {
        try {
            return new StateDatabase(EmbeddedPostgres.open(state.toAbsolutePath(), Optional.empty()));
        } catch (EmbeddedPostgresException e) {
            throw new IllegalStateException(e.getMessage() + " " + e.whatToDo(), e);
        }
    }

    public static boolean isThere(Path state) {
        return Files.exists(DataDirectory.under(state).path());
    }

    public String jdbcUrl() {
        return postgres.jdbcUrl();
    }

    public String user() {
        return postgres.user();
    }

    public String password() {
        return postgres.password();
    }

    @Override
    public void close() {
        postgres.close();
    }
}
