package dev.yado.cli.session;

import dev.yado.cli.text.Screen;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Shows an operation as it goes: a line for each step that ends, for what it waits, and, to watchers, for what it does now. */
public final class Progress {
    private final Screen screen;
    private final UnaryOperator<String> readable;
    private final Map<String, String> shown = new HashMap<>();
    private String waiting = "";

    /** @param readable makes of what the API says what people read */
    Progress(Screen screen, UnaryOperator<String> readable) {
        this.screen = screen;
        this.readable = readable;
    }

    public void show(Json.Document operation) {
        for (Json.Document step : operation.documents("steps")) {
            String now = step.text("status")
                    + step.find("detail").map(detail -> ": " + detail).orElse("");
            switch (step.text("status")) {
                case "PENDING" -> {}
                case "RUNNING", "WAITING", "UNDOING" -> showPresent(step, now);
                default -> {
                    if (!now.equals(shown.put(step.text("name"), now))) {
                        screen.message(readable.apply(line(step)));
                    }
                }
            }
        }
        showWaiting(operation);
    }

    private void showPresent(Json.Document step, String now) {
        String since = step.find("startedAt")
                .map(at -> " " + Words.age(at, Instant.now()))
                .orElse("");
        if (screen.live()) {
            screen.passing(readable.apply(line(step)) + since);
        } else if (!now.equals(shown.put(step.text("name"), now))) {
            screen.message(readable.apply(line(step)));
        }
    }

    private void showWaiting(Json.Document operation) {
        String reason = operation.text("status").equals("WAITING") ? operation.text("waitReason") : "";
        // Once a place was found the wait is for something else.
        boolean placeless = operation.documents("placement").stream()
                .noneMatch(verdict -> verdict.text("fits").equals("true"));
        List<Json.Document> placement = placeless ? operation.documents("placement") : List.of();
        String now = reason.isEmpty() ? "" : reason + verdicts(placement).lines();
        if (now.equals(waiting)) {
            return;
        }
        waiting = now;
        if (!reason.isEmpty()) {
            boolean said = operation.documents("steps").stream()
                    .anyMatch(step -> step.text("status").equals("WAITING")
                            && step.text("detail").equals(reason));
            if (!said || screen.live()) {
                screen.message("  waits: " + readable.apply(Table.printable(reason)));
            }
            if (!placement.isEmpty()) {
                verdicts(placement).lines().forEach(line -> screen.message("    " + line));
            }
        }
    }

    /** What each host answered. */
    public static Table verdicts(List<Json.Document> placement) {
        Table table = new Table("HOST", "FITS", "RULE", "NEEDED", "AVAILABLE", "DETAIL");
        for (Json.Document verdict : placement) {
            table.row(
                    verdict.text("host"),
                    verdict.text("fits").equals("true") ? "yes" : "no",
                    verdict.text("rule"),
                    verdict.text("needed"),
                    verdict.text("available"),
                    verdict.text("detail"));
        }
        return table;
    }

    static String line(Json.Document step) {
        String word = switch (step.text("status")) {
            case "SUCCEEDED" -> "done";
            case "RUNNING" -> "...";
            case "WAITING" -> "waits";
            case "FAILED" -> "FAILED";
            case "UNDOING" -> "is undone";
            case "UNDONE" -> "undone";
            case "CANCELLED" -> "cancelled";
            case "SKIPPED" -> "not needed";
            default -> step.text("status");
        };
        StringBuilder line = new StringBuilder("  ")
                .append(pad(step.text("name"), 14))
                .append(' ')
                .append(word);
        String took = Words.took(step.text("startedAt"), step.text("endedAt"));
        if (!took.isEmpty()) {
            line.append("  ").append(took);
        }
        if (step.number("attempts") > 1) {
            line.append("  attempt ").append(step.number("attempts"));
        }
        step.find("detail").ifPresent(detail -> line.append("  ").append(Table.printable(detail)));
        return line.toString();
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text : text + " ".repeat(width - text.length());
    }
}
