package dev.yado.cli.backup;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a schedule of backups. Its backups stay until they are deleted. It does not ask.",
        footer = {"", "Example:", "  yado backup schedule delete nightly"})
public final class ScheduleDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "SCHEDULE", description = "Name or id.")
    private String schedule = "";

    public ScheduleDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/backup-schedules/" + session.names().backupSchedule(schedule));
        if (session.format() == Format.TABLE) {
            session.screen().answer("schedule " + schedule + " is gone");
        }
    }
}
