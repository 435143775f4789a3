package dev.yado.cli.vm;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "disruptions",
        description =
                "List the times in which the platform kept a guest from running as it would, and their sums by month.",
        footer = {"", "Example:", "  yado vm disruptions web", "  yado vm disruptions web --limit 5"})
public final class VmDisruptions implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "So many of the newest (default 20); the sums are of all.")
    private int limit = 20;

    public VmDisruptions(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer = session.api()
                .get("/v1/vms/" + session.names().vm(vm) + "/disruptions?limit=" + Math.clamp(limit, 1, 1000));
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
            return;
        }
        List<Json.Document> months = answer.document().documents("months");
        if (months.isEmpty()) {
            session.screen().message("none");
            return;
        }
        Table sums = new Table("MONTH", "KIND", "TIMES", "TOTAL", "LONGEST");
        months.forEach(sum -> sums.row(
                sum.text("month"),
                MoveText.word(sum.text("kind")),
                sum.text("times"),
                MoveText.ms(sum.text("ms")),
                MoveText.ms(sum.text("longestMs"))));
        session.screen().answer(sums);
        Table each = new Table("AT", "KIND", "TOOK", "DETAIL");
        answer.document()
                .documents("items")
                .forEach(one -> each.row(
                        one.text("at"),
                        MoveText.word(one.text("kind")),
                        MoveText.ms(one.text("ms")),
                        one.text("detail")));
        if (!each.isEmpty()) {
            session.screen().answer("");
            session.screen().answer(each);
        }
    }
}
