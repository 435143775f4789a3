package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "pause",
        description = "Begin no backups by a schedule for the time being, or go on.",
        footer = {"", "Example:", "  yado backup schedule pause nightly", "  yado backup schedule pause nightly --off"})
public final class SchedulePause implements Runnable {
    private static final Set<String> NOT_TOLD = Set.of("id", "tenantId", "nextAt", "createdAt");

    private final Session session;

    @Parameters(paramLabel = "SCHEDULE", description = "Name or id.")
    private String schedule = "";

    @Option(names = "--off", description = "Go on; turns from now on count.")
    private boolean off;

    public SchedulePause(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/backup-schedules/" + session.names().backupSchedule(schedule);
        Answer now = session.api().get(path);
        Json.Document body = new Json.Document();
        for (Map.Entry<String, Json> field : now.document().fields().entrySet()) {
            body = NOT_TOLD.contains(field.getKey()) ? body : body.with(field.getKey(), field.getValue());
        }
        Answer changed = session.api().change("PUT", path, body.with("paused", !off), Map.of("If-Match", now.etag()));
        session.show(
                changed,
                made -> session.screen()
                        .answer("schedule " + made.text("name")
                                + (off ? " goes on at " + made.text("nextAt") : " is paused")));
    }
}
