package dev.yado.cli.snapshot;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one snapshot of a VM.",
        footer = {"", "Example:", "  yado snapshot show web before-upgrade"})
public final class SnapshotShow implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Name or id.")
    private String snapshot = "";

    public SnapshotShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().snapshot(session.names().vm(vm), snapshot);
        session.show(session.api().get("/v1/snapshots/" + id), this::facts);
    }

    private void facts(Json.Document found) {
        new Facts()
                .add("name", found.text("name"))
                .add("id", found.text("id"))
                .add("vm", found.text("vmId"))
                .add("state", found.text("state"))
                .add("reason", found.text("stateReason"))
                .add("taken", found.text("takenAt"))
                .add("consistency", Words.consistency(found.text("consistency")))
                .add("not better because", found.text("consistencyReason"))
                .add("disks held", found.find("pauseMs").map(ms -> ms + " ms").orElse(""))
                .add("operation", found.text("operationId"))
                .add("tenant", found.text("tenantId"))
                .show(session.screen());
    }
}
