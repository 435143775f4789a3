package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.time.Duration;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "backup",
        description = {
            "Back the controllers themselves up now: database, keys and images (administrator).",
            "It is encrypted with the recovery key, of which you keep a copy elsewhere."
        },
        footer = {"", "Example:", "  yado controller backup"})
public final class ControllerBackup implements Runnable {
    private static final Set<String> UNDER_WAY = Set.of("ASKED", "TAKING");
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Session session;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public ControllerBackup(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer = session.api().post("/v1/controller-backups");
        long end = System.nanoTime() + wait.timeout().orElse(Duration.ofDays(1)).toNanos();
        while (wait.waits() && UNDER_WAY.contains(answer.document().text("state"))) {
            if (System.nanoTime() > end) {
                throw Failure.of(
                        ExitCode.TIMED_OUT,
                        "TIMED_OUT",
                        "the time-out has passed",
                        "The backup goes on. To see it: yado controller backups");
            }
            Waiting.pause(LOOK);
            answer = session.api()
                    .get("/v1/controller-backups/" + answer.document().text("id"));
        }
        session.show(answer, this::tell);
        if (answer.document().text("state").equals("FAILED")) {
            throw Failure.of(
                    ExitCode.FAILED,
                    "BACKUP_FAILED",
                    answer.document().text("stateReason"),
                    "Mend that, then: yado controller backup");
        }
    }

    private void tell(Json.Document backup) {
        String how = switch (backup.text("state")) {
            case "AVAILABLE" ->
                BackupText.bytes(backup, "readBytes") + " read, " + BackupText.bytes(backup, "storedBytes")
                        + " stored; opened by recovery key " + backup.text("keyName");
            default -> backup.text("state");
        };
        session.screen().answer("backup " + backup.text("id") + " of the controllers: " + how);
    }
}
