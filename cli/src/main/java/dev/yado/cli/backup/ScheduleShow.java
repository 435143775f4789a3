package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one schedule of backups.",
        footer = {"", "Example:", "  yado backup schedule show nightly"})
public final class ScheduleShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "SCHEDULE", description = "Name or id.")
    private String schedule = "";

    public ScheduleShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer =
                session.api().get("/v1/backup-schedules/" + session.names().backupSchedule(schedule));
        session.show(answer, this::facts);
    }

    private void facts(Json.Document found) {
        new Facts()
                .add("name", found.text("name"))
                .add("id", found.text("id"))
                .add("vms", ScheduleList.meant(found))
                .add("cron", found.text("cron"))
                .add("zone", found.text("timeZone"))
                .add("window", found.text("windowMinutes") + " min")
                .add("next", found.text("paused").equals("true") ? "paused" : found.text("nextAt"))
                .add("keeps", ScheduleList.kept(found))
                .add("repository", found.text("repository"))
                .add("tenant", found.text("tenantId"))
                .show(session.screen());
    }
}
