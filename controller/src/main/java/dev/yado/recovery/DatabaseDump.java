package dev.yado.recovery;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * Writes all that the controllers know into a file, as it is at one instant, and loads it again. Works with any PostgreSQL that they
 * run on, and needs no program of it: rows go through COPY. The schema is not in it, Flyway makes that.
 */
final class DatabaseDump {
    /** Facts of the moment, which hosts tell anew, and tokens that could be used once more. */
    private static final Set<String> LEFT_OUT = Set.of(
            "flyway_schema_history",
            "event",
            "event_horizon",
            "host_inventory",
            "guest_found",
            "host_orphan",
            "join_token",
            "controller_restore");

    /** Made by the schema itself, and to stay. */
    private static final Set<String> KEPT = Set.of("flyway_schema_history", "event_horizon");

    /** Each table begins where a block of the repository does: one that grows leaves those after it as they were. */
    private static final int ALIGNED = 64 << 10;

    private DatabaseDump() {}

    /** @param database in a transaction of its own, which sees one instant */
    static Dump write(Connection database, Path file) throws SQLException, IOException {
        CopyManager copies = database.unwrap(PGConnection.class).getCopyAPI();
        List<Dump.Table> tables = new ArrayList<>();
        try (Counting out = new Counting(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
            for (Map.Entry<String, List<String>> table :
                    inOrder(database, columns(database)).entrySet()) {
                out.align();
                long begin = out.count;
                long rows = copies.copyOut("COPY " + listed(table.getKey(), table.getValue()) + " TO STDOUT", out);
                tables.add(new Dump.Table(table.getKey(), table.getValue(), begin, out.count - begin, rows));
            }
            // A disk is not empty.
            out.write(0);
        }
        return new Dump(schema(database), tables, sequences(database));
    }

    /** Where the rows of a table are read from. */
    interface Rows {
        void to(OutputStream out, long offset, long length) throws IOException;
    }

    /**
     * Puts these rows in the place of all that there is, in the caller's transaction.
     *
     * @param database of the schema that the dump has
     */
    static void load(Connection database, Dump dump, Rows rows) throws SQLException, IOException {
        CopyManager copies = database.unwrap(PGConnection.class).getCopyAPI();
        Set<String> all = columns(database, Set.of()).keySet();
        execute(
                database,
                "TRUNCATE "
                        + String.join(
                                ", ",
                                all.stream()
                                        .filter(name -> !KEPT.contains(name))
                                        .map(DatabaseDump::quoted)
                                        .toList()));
        for (Dump.Table table : dump.tables()) {
            execute(database, "ALTER TABLE " + quoted(table.name()) + " DISABLE TRIGGER USER");
            var copy = copies.copyIn("COPY " + listed(table.name(), table.columns()) + " FROM STDIN");
            try {
                rows.to(
                        new OutputStream() {
                            @Override
                            public void write(int one) throws IOException {
                                write(new byte[] {(byte) one}, 0, 1);
                            }

                            @Override
                            public void write(byte[] bytes, int offset, int length) throws IOException {
                                try {
                                    copy.writeToCopy(bytes, offset, length);
                                } catch (SQLException e) {
                                    throw new IOException("table " + table.name() + " takes no more rows", e);
                                }
                            }
                        },
                        table.offset(),
                        table.length());
                long loaded = copy.endCopy();
                if (loaded != table.rows()) {
                    throw new IOException(
                            "table " + table.name() + " has " + loaded + " rows instead of " + table.rows());
                }
            } finally {
                if (copy.isActive()) {
                    copy.cancelCopy();
                }
            }
            execute(database, "ALTER TABLE " + quoted(table.name()) + " ENABLE TRIGGER USER");
        }
        for (Dump.Sequence sequence : dump.sequences()) {
            execute(
                    database,
                    "SELECT setval('" + quoted(sequence.name()) + "', " + sequence.value() + ", " + sequence.called()
                            + ")");
        }
    }

    static String schema(Connection database) throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery("""
                        SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL
                        ORDER BY installed_rank DESC LIMIT 1
                        """)) {
            if (!found.next()) {
                throw new SQLException("the database has no schema");
            }
            return found.getString(1);
        }
    }

    private static Map<String, List<String>> columns(Connection database) throws SQLException {
        return columns(database, LEFT_OUT);
    }

    private static Map<String, List<String>> columns(Connection database, Set<String> without) throws SQLException {
        Map<String, List<String>> columns = new LinkedHashMap<>();
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery("""
                        SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
                            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
                            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                        WHERE c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
                        """)) {
            while (found.next()) {
                if (!without.contains(found.getString(1))) {
                    Array names = found.getArray(2);
                    columns.put(found.getString(1), List.of((String[]) names.getArray()));
                }
            }
        }
        return columns;
    }

    private static Map<String, List<String>> inOrder(Connection database, Map<String, List<String>> tables)
            throws SQLException {
        Map<String, Set<String>> needs = references(database);
        Map<String, List<String>> ordered = new LinkedHashMap<>();
        while (ordered.size() < tables.size()) {
            int before = ordered.size();
            tables.forEach((name, columns) -> {
                if (!ordered.containsKey(name)
                        && needs.getOrDefault(name, Set.of()).stream()
                                .allMatch(other -> ordered.containsKey(other) || !tables.containsKey(other))) {
                    ordered.put(name, columns);
                }
            });
            if (ordered.size() == before) {
                Set<String> left = new HashSet<>(tables.keySet());
                left.removeAll(ordered.keySet());
                throw new IllegalStateException("tables refer to each other in a circle: " + left);
            }
        }
        return ordered;
    }

    /** A table that refers to itself is loaded by one statement, after which it is looked whether its references hold. */
    private static Map<String, Set<String>> references(Connection database) throws SQLException {
        Map<String, Set<String>> needs = new LinkedHashMap<>();
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery("""
                        SELECT c.relname, r.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                            JOIN pg_class r ON r.oid = k.confrelid WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
                        """)) {
            while (found.next()) {
                needs.computeIfAbsent(found.getString(1), _ -> new HashSet<>()).add(found.getString(2));
            }
        }
        return needs;
    }

    private static List<Dump.Sequence> sequences(Connection database) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1")) {
            while (found.next()) {
                names.add(found.getString(1));
            }
        }
        List<Dump.Sequence> sequences = new ArrayList<>();
        for (String name : names) {
            try (Statement statement = database.createStatement();
                    ResultSet found = statement.executeQuery("SELECT last_value, is_called FROM " + quoted(name))) {
                found.next();
                sequences.add(new Dump.Sequence(name, found.getLong(1), found.getBoolean(2)));
            }
        }
        return sequences;
    }

    private static String listed(String table, List<String> columns) {
        return quoted(table) + " ("
                + String.join(", ", columns.stream().map(DatabaseDump::quoted).toList()) + ")";
    }

    private static String quoted(String name) {
        if (!name.matches("[a-z0-9_]+")) {
            throw new IllegalArgumentException("no name of Yado's schema: " + name);
        }
        return "\"" + name + "\"";
    }

    private static void execute(Connection database, String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private static final class Counting extends OutputStream {
        private final OutputStream to;
        private long count;

        Counting(OutputStream to) {
            this.to = to;
        }

        void align() throws IOException {
            write(new byte[(int) ((ALIGNED - count % ALIGNED) % ALIGNED)]);
        }

        @Override
        public void write(int one) throws IOException {
            to.write(one);
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            to.write(bytes, offset, length);
            count += length;
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}
