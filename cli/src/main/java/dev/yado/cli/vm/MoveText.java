package dev.yado.cli.vm;

import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Moves, on a line. */
final class MoveText {
    private static final int WIDTH = 20;

    private MoveText() {}

    /** As in {@code memory [#####     ] 26 %  1.2 GiB left  412 MiB/s  round 2  xbzrle}. Empty before anything is copied. */
    static String bar(Json.Document migration) {
        Json.Document progress = migration.document("progress").orElse(new Json.Document());
        long total = progress.number("totalBytes");
        if (total <= 0) {
            return "  " + migration.text("state").toLowerCase(Locale.ROOT);
        }
        long remaining = Math.min(total, progress.number("remainingBytes"));
        int done = (int) ((total - remaining) * WIDTH / total);
        String part = progress.text("part").toLowerCase(Locale.ROOT);
        String round = part.equals("memory") ? "  round " + progress.text("round") : "";
        String throttle = progress.number("throttlePercent") > 0
                ? "  slowed down by " + progress.text("throttlePercent") + " %"
                : "";
        return "  " + part + " [" + "#".repeat(done) + " ".repeat(WIDTH - done) + "] "
                + (total - remaining) * 100 / total + " %  " + Words.bytes(remaining) + " left  "
                + Words.bytes(progress.number("bytesPerSecond")) + "/s" + round + throttle + rung(migration);
    }

    private static String rung(Json.Document migration) {
        List<Json.Document> rungs = migration.documents("rungs");
        return rungs.isEmpty() ? "" : "  " + word(rungs.getLast().text("kind"));
    }

    static String rungs(Json.Document migration) {
        return migration.documents("rungs").stream()
                .map(rung -> word(rung.text("kind")))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** What came of it beside what was said before. */
    static String result(Json.Document migration) {
        Json.Document result = migration.document("result").orElse(new Json.Document());
        Json.Document forecast = migration.document("forecast").orElse(new Json.Document());
        if (result.fields().isEmpty()) {
            return migration.text("live").equals("false") ? "moved while it did not run" : "";
        }
        return took(result.number("totalMs")) + before(forecast, "durationMs", took(forecast.number("durationMs")))
                + ", blackout " + ms(result.text("blackoutMs"))
                + before(forecast, "downtimeMs", ms(forecast.text("downtimeMs")))
                + ", " + result.text("rounds") + (result.text("rounds").equals("1") ? " round" : " rounds") + ", "
                + Words.bytes(result.number("copiedBytes")) + " copied";
    }

    private static String before(Json.Document forecast, String figure, String text) {
        return forecast.find(figure).isEmpty() ? "" : " (forecast " + text + ")";
    }

    static String took(long ms) {
        return ms < 10_000 ? String.format(Locale.ROOT, "%.2fs", ms / 1000.0) : Words.took(Duration.ofMillis(ms));
    }

    /** {@code 8.4 ms}; nothing for what is no number. */
    static String ms(String number) {
        try {
            return String.format(Locale.ROOT, "%.1f ms", Double.parseDouble(number));
        } catch (NumberFormatException none) {
            return "";
        }
    }

    static String word(String code) {
        return code.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
