package dev.yado.cli.backup;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "files",
        description = {
            "List what is in a folder of a backup. Nothing is restored: a host that has the repository looks into it.",
            "Without a path: its disks and their partitions, with which paths begin. With --repository DIR, as root, on the repository itself and without a controller."
        },
        footer = {
            "",
            "Example:",
            "  yado backup files web",
            "  yado backup files web 0p1/etc",
            "  yado backup files --repository /mnt/backups 0198f1de-7c00-7000-8000-000000000001 0p1/etc"
        })
public final class BackupFiles implements Runnable {
    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "BACKUP",
            description = "Its id; or a VM, for its newest backup that is whole.")
    private String backup = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "As in 0p1/etc.")
    private @Nullable String path;

    public BackupFiles(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String query = path == null ? "" : "?path=" + Api.encode(path);
        Answer answer = session.api().get("/v1/backups/" + session.names().backup(backup) + "/files" + query);
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
            return;
        }
        Json.Document listing = answer.document();
        Table table = new Table("KIND", "MODE", "BYTES", "MODIFIED", "PATH");
        for (Json.Document file : listing.documents("items")) {
            String target = file.text("target");
            table.row(
                    file.text("kind"),
                    shown(file.text("mode")),
                    file.text("bytes"),
                    shown(file.text("modified")),
                    shown(file.text("path")) + (target.isEmpty() ? "" : " -> " + shown(target)));
        }
        session.screen().answer(table);
        if (listing.text("truncated").equals("true")) {
            session.screen().message("there are more than these");
        }
    }

    /** A guest has written it: what would be a command to a terminal is not in it. */
    private static String shown(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u0080-\\u009f]", "?");
    }
}
