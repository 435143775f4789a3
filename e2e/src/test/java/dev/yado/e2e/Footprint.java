package dev.yado.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a cloud takes of its machine at one moment: a number for each kind of thing in each place. Names of single VMs, numbers and
 * keys are left out of the kinds, so that what takes the place of something else is the same kind.
 *
 * @param steady what is the same whenever nothing happens
 * @param restless what comes and goes by itself: connections that are kept for a while, threads, addresses that bridges have learned,
 *     the length of records
 * @param history what is kept on purpose for some time, and grows until then
 */
record Footprint(SortedMap<String, Long> steady, SortedMap<String, Long> restless, SortedMap<String, Long> history) {
    /** Rows that tell what was, with what prunes them. */
    private static final Map<String, String> HISTORY_TABLES = Map.of(
            "event", "yado.events.keep, 7 days",
            "operation", "yado.operations.pruning.keep, 30 days",
            "operation_step", "with its operation",
            "idempotency_key", "a day",
            "migration", "yado.migrations.keep, 400 days",
            "disruption", "yado.disruptions.keep, 400 days",
            "alert", "yado.operations.watch.keep-alerts, 30 days",
            "drift", "yado.operations.watch.keep-alerts, 30 days",
            "controller_backup", "yado.controller-backup.keep");

    private static final Pattern NAMES =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}");
    private static final Pattern NUMBERS = Pattern.compile("(?<![a-z]-)\\b\\d+\\b");

    static Footprint of(Cloud cloud) {
        Footprint found = new Footprint(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        try {
            new KernelFootprint(cloud).into(found);
            found.files(cloud.state());
            found.rows(cloud.state());
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void steady(String kind) {
        steady.merge(kind, 1L, Long::sum);
    }

    void restless(String kind) {
        restless.merge(kind, 1L, Long::sum);
    }

    /** The name of a single thing as that of its kind. */
    static String kind(String name) {
        return NUMBERS.matcher(NAMES.matcher(name).replaceAll("*")).replaceAll("#");
    }

    /** Moves that have ended are kept in {@code moves/}, for 90 days, so that a host still knows how they ended. */
    private void files(Path state) throws IOException {
        for (Path place : List.of(state.resolve("hosts"), state.resolve("shared"), state.resolve("tmp"))) {
            try (Stream<Path> files = Files.walk(place)) {
                files.forEach(file -> {
                    String kind = "file " + kind(state.relativize(file).toString());
                    (kind.contains("/moves/") ? history : steady).merge(kind, 1L, Long::sum);
                    if (file.getFileName().toString().endsWith(".json") && !kind.contains("/moves/")) {
                        restless.merge("KiB of " + kind, sizeKib(file), Long::sum);
                    }
                });
            } catch (UncheckedIOException e) {
                if (!(e.getCause() instanceof NoSuchFileException)) {
                    throw e;
                }
                // Something was removed while it was looked at: so it is looked at again.
                throw new IOException(e);
            }
        }
    }

    private static long sizeKib(Path file) {
        try {
            return Files.size(file) / 1024;
        } catch (IOException gone) {
            return 0;
        }
    }

    private void rows(Path state) throws IOException, SQLException {
        try (Database database = new Database(state)) {
            database.rows()
                    .forEach((table, rows) ->
                            (HISTORY_TABLES.containsKey(table) ? history : steady).put("rows of " + table, rows));
        }
    }

    /** What there is more of than before. */
    static SortedMap<String, Long> growth(SortedMap<String, Long> before, SortedMap<String, Long> now) {
        SortedMap<String, Long> more = new TreeMap<>();
        now.forEach((kind, count) -> {
            long grown = count - before.getOrDefault(kind, 0L);
            if (grown > 0) {
                more.put(kind, grown);
            }
        });
        return more;
    }
}
