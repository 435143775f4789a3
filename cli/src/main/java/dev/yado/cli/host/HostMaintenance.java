package dev.yado.cli.host;

import dev.yado.cli.session.HostNames;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "maintenance",
        description = "Show how far a host is taken out of service, guest by guest (administrator).",
        footer = {"", "Example:", "  yado host maintenance rack1-7"})
public final class HostMaintenance implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    public HostMaintenance(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/hosts/" + session.names().host(host) + "/maintenance";
        session.show(session.api().get(path), found -> words(session, found));
    }

    /** What has come of it, for people. */
    static void show(Session session, String path) {
        words(session, session.api().get(path).document());
    }

    private static void words(Session session, Json.Document found) {
        new Facts()
                .add("maintenance", found.text("state"))
                .add("operation", found.text("operationId"))
                .add("began", found.text("beganAt"))
                .add("deadline", found.text("deadlineAt"))
                .show(session.screen());
        List<Json.Document> guests = found.documents("guests");
        HostNames hosts = session.hostNames();
        Table table = new Table("VM", "STATE", "TO", "ATTEMPTS", "DECIDED", "WHY");
        guests.forEach(guest -> table.row(
                guest.text("vm"),
                guest.text("state"),
                hosts.of(guest.text("toHostId")),
                guest.text("attempts"),
                guest.text("decision"),
                guest.text("reason")));
        if (!table.isEmpty()) {
            session.screen().answer(table);
        }
    }
}
