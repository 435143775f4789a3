package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List hosts with what they have and what is taken (administrator).",
        footer = {"", "Example:", "  yado host list"})
public final class HostList implements Runnable {
    private final Session session;

    public HostList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/hosts", hosts -> table(hosts, Instant.now()));
    }

    static Table table(List<Json.Document> hosts, Instant now) {
        Table table = new Table(
                "NAME",
                "STATE",
                "VMS",
                "CPUS",
                "MEMORY",
                "DISK",
                "ACCEL",
                "ARCH",
                "REPORTED",
                "CERTIFICATE",
                "ID",
                "REASON");
        for (Json.Document host : hosts) {
            table.row(
                    host.text("name"),
                    host.text("state")
                            + host.find("maintenance").map(far -> ", " + far).orElse(""),
                    host.text("vms"),
                    used(host, "vcpus"),
                    usedMebibytes(host, "memoryMiB"),
                    usedMebibytes(host, "diskMiB"),
                    host.text("accelerator"),
                    host.text("architecture"),
                    Words.age(host.text("lastReportAt"), now) + " ago",
                    certificate(host, now),
                    host.text("id"),
                    host.text("stateReason"));
        }
        return table;
    }

    /** As in "6d 23h left", or why there is none that counts. */
    static String certificate(Json.Document host, Instant now) {
        String until = host.text("certificateExpiresAt");
        if (host.text("certificateRevoked").equals("true")) {
            return "revoked";
        }
        if (until.isEmpty()) {
            return "none";
        }
        return Instant.parse(until).isAfter(now)
                ? Words.age(now.toString(), Instant.parse(until)) + " left"
                : "expired";
    }

    static String used(Json.Document host, String field) {
        return part(host, "allocated").text(field) + "/"
                + part(host, "capacity").text(field);
    }

    static String usedMebibytes(Json.Document host, String field) {
        return Words.mebibytes(part(host, "allocated").number(field)) + "/"
                + Words.mebibytes(part(host, "capacity").number(field));
    }

    private static Json.Document part(Json.Document host, String name) {
        return host.document(name).orElse(new Json.Document());
    }
}
