package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "hook",
        description = {
            "Have an address called with the result of each backup of a schedule; without options: what was told.",
            "The secret, with which calls are signed, is read from a file or standard input, so that it is in no argument."
        },
        footer = {
            "",
            "Example:",
            "  yado backup schedule hook nightly --to https://example.org/backups --secret-file secret",
            "  yado backup schedule hook nightly",
            "  yado backup schedule hook nightly --remove"
        })
public final class ScheduleHook implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "SCHEDULE", description = "Name or id.")
    private String schedule = "";

    @Option(names = "--to", paramLabel = "URL", description = "http or https, in the public internet.")
    private @Nullable String url;

    @Option(names = "--secret-file", paramLabel = "FILE", description = "16 to 200 characters; - for standard input.")
    private @Nullable Path secretFile;

    @Option(names = "--remove", description = "Call nobody any more.")
    private boolean remove;

    public ScheduleHook(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/backup-schedules/" + session.names().backupSchedule(schedule) + "/hook";
        if (remove) {
            session.api().delete(path);
            session.screen().answer("schedule " + schedule + " tells nobody any more");
        } else if (url == null) {
            session.list(path + "/calls", calls -> table(calls, Instant.now()));
        } else {
            Json.Document body = new Json.Document().with("url", url).with("secret", secret());
            session.show(
                    session.api().change("PUT", path, body, Map.of()),
                    hook -> session.screen().answer("schedule " + schedule + " tells " + hook.text("url")));
        }
    }

    private String secret() {
        if (secretFile == null) {
            throw Failure.usage(
                    "it is not said with what calls are signed", "Give --secret-file FILE, or - for standard input.");
        }
        try {
            return secretFile.toString().equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
                    : Files.readString(secretFile).strip();
        } catch (IOException e) {
            throw Failure.usage("the secret cannot be read from " + secretFile, "Check its name and mode.");
        }
    }

    private static Table table(List<Json.Document> calls, Instant now) {
        Table table = new Table("STATE", "AGE", "ATTEMPTS", "BACKUP", "NEXT", "TROUBLE");
        for (Json.Document call : calls) {
            table.row(
                    call.text("state"),
                    Words.age(call.text("createdAt"), now),
                    call.text("attempts"),
                    call.text("backupId"),
                    call.text("nextAt"),
                    call.text("trouble"));
        }
        return table;
    }
}
