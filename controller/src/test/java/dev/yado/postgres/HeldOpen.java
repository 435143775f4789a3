package dev.yado.postgres;

import java.nio.file.Path;
import java.util.Optional;

/** A controller that does nothing but hold its database open, in a process of its own that a test can kill. */
final class HeldOpen {
    private HeldOpen() {}

    /** Arguments: the state directory. Prints the JDBC URL when the database serves; ends when its input ends. */
    public static void main(String[] arguments) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.open(Path.of(arguments[0]), Optional.empty())) {
            System.out.println("open " + postgres.jdbcUrl());
            while (System.in.read() >= 0) {
                // Input means nothing; its end means stop.
            }
        }
    }
}
