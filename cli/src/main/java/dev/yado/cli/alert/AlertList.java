package dev.yado.cli.alert;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List what an operator should know (administrator). Alerts end by themselves.",
        footer = {"", "Example:", "  yado alert list", "  yado alert list --ended"})
public final class AlertList implements Runnable {
    private final Session session;

    @Option(names = "--ended", description = "Also those that are over.")
    private boolean ended;

    public AlertList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list(ended ? "/v1/alerts?ended=true" : "/v1/alerts", alerts -> table(alerts, Instant.now()));
    }

    static Table table(List<Json.Document> alerts, Instant now) {
        Table table = new Table("SEVERITY", "CODE", "SINCE", "LASTED", "ABOUT", "DETAIL", "WHAT TO DO");
        for (Json.Document alert : alerts) {
            table.row(
                    alert.text("severity"),
                    alert.text("code"),
                    Words.age(alert.text("since"), now) + " ago",
                    alert.find("endedAt").isPresent() ? Words.took(alert.text("since"), alert.text("endedAt")) : "",
                    alert.text("subjectKind") + " " + alert.text("subjectId"),
                    alert.text("detail"),
                    alert.text("whatToDo"));
        }
        return table;
    }
}
