package dev.yado.cli.drift;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one entry of the drift ledger with what to do about it (administrator).",
        footer = {"", "Example:", "  yado drift show 0198c0de-0000-7000-8000-000000000000"})
public final class DriftShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "ID", description = "As 'yado drift list' shows it.")
    private String id = "";

    public DriftShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(session.api().get("/v1/drift/" + id), this::facts);
    }

    private void facts(Json.Document entry) {
        facts(session, entry);
    }

    static void facts(Session session, Json.Document entry) {
        new Facts()
                .add("kind", entry.text("kind"))
                .add("severity", entry.text("severity"))
                .add("status", entry.text("status"))
                .add("host", entry.text("hostName"))
                .add("vm", entry.text("vmId"))
                .add("object", entry.text("object"))
                .add("wanted", entry.text("wanted"))
                .add("reported", entry.text("reported"))
                .add("real", entry.text("real"))
                .add("since", entry.text("since"))
                .add("last seen", entry.text("lastSeenAt"))
                .add("times", entry.text("times"))
                .add("rule", entry.text("rule") + ": " + entry.text("ruleDoes"))
                .add("what to do", entry.text("advice"))
                .add("healed at", entry.text("healedAt"))
                .add("healed by", entry.text("healedBy"))
                .add("resolution", entry.text("resolution"))
                .add("became of it", entry.text("resolutionNote"))
                .add("id", entry.text("id"))
                .show(session.screen());
    }
}
