package dev.yado.cli.operation;

import dev.yado.cli.session.Names;
import dev.yado.cli.session.Progress;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one operation: its steps, what it waits for, what each host answered.",
        footer = {"", "Example:", "  yado op show 019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11"})
public final class OperationShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "OPERATION", description = "Id.")
    private String operation = "";

    public OperationShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(session.api().get("/v1/operations/" + Names.operation(operation)), this::facts);
    }

    private void facts(Json.Document operation) {
        new Facts()
                .add("id", operation.text("id"))
                .add("kind", operation.text("kind"))
                .add("status", operation.text("status"))
                .add("why", OperationList.why(operation))
                .add("waits", waits(operation))
                .add("undoing", operation.text("undoing"))
                .add("cancel", cancel(operation))
                .add("priority", operation.text("priority"))
                .add("target", operation.text("targetId"))
                .add("begun", operation.text("createdAt"))
                .add("took", Words.took(operation.text("createdAt"), operation.text("endedAt")))
                .add("deadline", operation.find("endedAt").isPresent() ? "" : operation.text("deadlineAt"))
                .show(session.screen());
        Table steps = new Table("STEP", "STATUS", "TOOK", "ATTEMPTS", "NEXT", "DEADLINE", "HAD", "GAVE", "DETAIL");
        for (Json.Document step : operation.documents("steps")) {
            steps.row(
                    step.text("name"),
                    step.text("status"),
                    Words.took(step.text("startedAt"), step.text("endedAt")),
                    step.text("attempts"),
                    step.text("nextAttemptAt"),
                    step.text("deadlineAt"),
                    values(step, "inputs"),
                    values(step, "outputs"),
                    step.text("detail"));
        }
        if (!steps.isEmpty()) {
            session.screen().answer("");
            session.screen().answer(steps);
        }
        List<Json.Document> placement = operation.documents("placement");
        if (!placement.isEmpty()) {
            session.screen().answer("");
            session.screen().answer(Progress.verdicts(placement));
        }
    }

    private static String waits(Json.Document operation) {
        return operation.find("waitingSince").map(since -> "since " + since).orElse("");
    }

    private static String cancel(Json.Document operation) {
        return operation
                .document("cancel")
                .map(cancel -> "asked by " + cancel.text("requestedBy") + " at " + cancel.text("requestedAt"))
                .orElse("");
    }

    private static String values(Json.Document step, String name) {
        return step.document(name)
                .map(values -> values.fields().keySet().stream()
                        .map(key -> key + "=" + values.text(key))
                        .collect(Collectors.joining(" ")))
                .orElse("");
    }
}
