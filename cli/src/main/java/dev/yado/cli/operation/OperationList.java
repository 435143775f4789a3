package dev.yado.cli.operation;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List operations, the newest first.",
        footer = {"", "Example:", "  yado op list", "  yado op list --vm web --limit 5"})
public final class OperationList implements Runnable {
    private final Session session;

    @Option(names = "--vm", paramLabel = "VM", description = "Only those of this VM; name or id.")
    private @Nullable String vm;

    @Option(names = "--limit", paramLabel = "N", description = "How many, 1 to 1000 (default 20).")
    private int limit = 20;

    public OperationList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String target = vm == null ? "" : "&targetId=" + session.names().vm(vm);
        Answer answer = session.api().get("/v1/operations?limit=" + limit + target);
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
        } else {
            session.showItems(answer.document().documents("items"), items -> table(items, Instant.now()));
        }
    }

    static Table table(List<Json.Document> operations, Instant now) {
        Table table = new Table("KIND", "STATUS", "STEP", "AGE", "TOOK", "ID", "TARGET", "WHY");
        for (Json.Document operation : operations) {
            table.row(
                    operation.text("kind"),
                    operation.text("status"),
                    step(operation),
                    Words.age(operation.text("createdAt"), now),
                    Words.took(operation.text("createdAt"), operation.text("endedAt")),
                    operation.text("id"),
                    operation.text("targetId"),
                    why(operation));
        }
        return table;
    }

    /** The one that it is at. */
    private static String step(Json.Document operation) {
        return operation.documents("steps").stream()
                .filter(step -> step.text("status").matches("RUNNING|WAITING|UNDOING|FAILED"))
                .map(step -> step.text("name"))
                .findFirst()
                .orElse("");
    }

    static String why(Json.Document operation) {
        return operation
                .document("error")
                .map(error -> error.text("code") + ": " + error.text("detail"))
                .orElse(operation.text("status").equals("WAITING") ? operation.text("waitReason") : "");
    }
}
