package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.stream.Collectors;

/** A plan for people: what would be done, taken, and in the way. */
final class PlanReport {
    private PlanReport() {}

    /** @throws Failure with the code of the first blocker, when there is one */
    static void show(Session session, Answer plan) {
        session.show(plan, document -> words(session, document));
        List<Json.Document> blockers = plan.document().documents("blockers");
        if (!blockers.isEmpty()) {
            throw Failure.of(
                    ExitCode.REFUSED,
                    blockers.getFirst().text("code"),
                    "the plan has " + (blockers.size() == 1 ? "a blocker" : blockers.size() + " blockers") + ": "
                            + blockers.stream().map(each -> each.text("detail")).collect(Collectors.joining("; ")),
                    blockers.getFirst().text("whatToDo"));
        }
    }

    private static void words(Session session, Json.Document plan) {
        Facts facts = new Facts()
                .add("plan", plan.text("kind") + ": " + plan.text("detail"))
                .add("effect", plan.text("effect"))
                .add("open operation", plan.text("operationId"))
                .add(
                        "steps",
                        plan.documents("steps").stream()
                                .map(step -> step.text("name") + " (" + step.text("detail") + ")")
                                .collect(Collectors.joining(", ")));
        for (Json.Document claim : plan.documents("claims")) {
            facts.add("takes of " + claim.text("of"), amounts(claim));
        }
        plan.document("forecast").ifPresent(forecast -> forecast(facts, forecast));
        for (Json.Document blocker : plan.documents("blockers")) {
            facts.add("blocked by", blocker.text("code") + ": " + blocker.text("detail"));
        }
        facts.add("token", plan.text("token"))
                .add("holds until", plan.text("expiresAt"))
                .show(session.screen());
        List<Json.Document> verdicts = plan.documents("placement");
        if (!verdicts.isEmpty()) {
            Table table = new Table("HOST", "FITS", "RULE", "DETAIL");
            verdicts.forEach(
                    each -> table.row(each.text("host"), each.text("fits"), each.text("rule"), each.text("detail")));
            session.screen().answer(table);
        }
    }

    private static void forecast(Facts facts, Json.Document forecast) {
        facts.add("forecast", forecast.text("explanation"))
                .add("takes", MoveText.took(forecast.number("durationMs")) + ", " + forecast.text("rounds") + " rounds")
                .add("held for", MoveText.ms(forecast.text("downtimeMs")))
                .add(
                        "copies",
                        Words.bytes(forecast.number("memoryBytes")) + " memory, "
                                + Words.bytes(forecast.number("diskBytes")) + " disk, at "
                                + Words.bytes(forecast.number("bytesPerSecond")) + "/s; the guest writes "
                                + Words.bytes(forecast.number("dirtyBytesPerSecond")) + "/s")
                .add(
                        "will need",
                        forecast.texts("rungs").stream().map(MoveText::word).collect(Collectors.joining(", ")))
                .add("chance", percent(forecast.text("chance")));
    }

    private static String percent(String chance) {
        try {
            return Math.round(Double.parseDouble(chance) * 100) + " %";
        } catch (NumberFormatException none) {
            return "";
        }
    }

    private static String amounts(Json.Document claim) {
        String vms = claim.find("vms").map(count -> count + " VM, ").orElse("");
        return vms + claim.text("vcpus") + " CPUs, " + Words.mebibytes(claim.number("memoryMiB")) + " memory, "
                + Words.mebibytes(claim.number("diskMiB")) + " disk";
    }
}
