package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "drain",
        description = {
            "Take a host out of service and carry its guests away (administrator). Nothing is placed on it until 'yado host activate'.",
            "While a guest is there that cannot move and of which nothing is decided, nothing begins: --plan names them."
        },
        footer = {
            "",
            "Example:",
            "  yado host drain rack1-7 --plan",
            "  yado host drain rack1-7 --deadline 2h",
            "  yado host drain rack1-7 --stop batch-3 --leave monitoring"
        })
public final class HostDrain implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    @Option(
            names = "--plan",
            description = "Change nothing: show where each guest would go, how long it takes, and which cannot.")
    private boolean plan;

    @Mixin
    private DrainOptions drain = new DrainOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public HostDrain(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/hosts/" + session.names().host(host) + "/maintenance";
        Json.Document body = drain.body(session);
        if (plan) {
            showPlan(session.api().post(path + "?dryRun=plan", body));
            return;
        }
        new Waiting(session).begun(session.api().post(path, body), wait, _ -> HostMaintenance.show(session, path));
    }

    private void showPlan(Answer answer) {
        session.show(answer, this::words);
        List<Json.Document> blocked = answer.document().documents("blocked");
        if (!blocked.isEmpty()) {
            throw Failure.of(
                    ExitCode.REFUSED,
                    "MIGRATION_BLOCKED",
                    "cannot move: "
                            + blocked.stream().map(guest -> guest.text("vm")).collect(Collectors.joining(", ")),
                    "Decide about each, --stop or --leave: yado host drain " + host
                            + blocked.stream()
                                    .map(guest -> " --leave " + guest.text("vm"))
                                    .collect(Collectors.joining())
                            + ". Or begin without them: --when-blocked wait.");
        }
    }

    private void words(Json.Document found) {
        List<Json.Document> moves = found.documents("moves");
        String speed = Words.bytes(found.number("bytesPerSecond")) + "/s, "
                + (found.text("measured").equals("true")
                        ? "as moves before reached"
                        : "assumed: no move has been measured");
        new Facts()
                .add("host", found.text("host"))
                .add("moves", Integer.toString(moves.size()))
                .add("takes", "about " + Words.shortly(Duration.ofSeconds(found.number("seconds"))))
                .add("bandwidth", speed)
                .show(session.screen());
        Table table = new Table("VM", "TO", "MEMORY", "DISK TO COPY", "GONE AFTER", "WHAT");
        moves.forEach(move -> table.row(
                move.text("vm"),
                move.text("toHost"),
                Words.mebibytes(move.number("memoryMiB")),
                Words.mebibytes(move.number("diskMiB")),
                Words.shortly(Duration.ofSeconds(move.number("afterSeconds"))),
                move.text("live").equals("true") ? "moves" : "moves, stopped as it is"));
        found.documents("kept")
                .forEach(guest -> table.row(
                        guest.text("vm"),
                        "",
                        "",
                        "",
                        "",
                        guest.text("decision").equals("STOP") ? "is stopped" : "is left"));
        found.documents("blocked")
                .forEach(guest -> table.row(guest.text("vm"), "", "", "", "", "CANNOT MOVE: " + guest.text("why")));
        if (!table.isEmpty()) {
            session.screen().answer(table);
        }
    }
}
