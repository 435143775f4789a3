package dev.yado.cli.quota;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show what a tenant may have, what it has, and which VMs have most of it.",
        footer = {"", "Example:", "  yado quota show", "  yado quota show acme"})
public final class QuotaShow implements Runnable {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "TENANT", description = "Name or id; without it the token's own.")
    private @Nullable String tenant;

    public QuotaShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path =
                tenant == null ? "/v1/quota" : "/v1/tenants/" + session.names().tenant(tenant) + "/quota";
        show(session, session.api().get(path));
    }

    static void show(Session session, Answer quota) {
        switch (session.format()) {
            case JSON -> session.screen().answer(quota.body());
            case NAME -> session.screen().answer(quota.document().text("tenantId"));
            case TABLE -> tables(session, quota.document());
        }
    }

    private static void tables(Session session, Json.Document quota) {
        Table limits = new Table("QUOTA", "USED", "LIMIT");
        for (String name : List.of(
                "vms",
                "vcpus",
                "memoryMiB",
                "diskMiB",
                "networks",
                "addresses",
                "securityRules",
                "routers",
                "backups",
                "snapshots")) {
            Json.Document line = quota.document(name).orElse(new Json.Document());
            limits.row(
                    name.replace("MiB", "").toLowerCase(Locale.ROOT),
                    amount(name, line.number("used")),
                    line.find("limit")
                            .map(_ -> amount(name, line.number("limit")))
                            .orElse("unlimited"));
        }
        session.screen().answer(limits);
        Table largest = new Table("VM", "WANTED", "CPUS", "MEMORY", "DISK", "ID");
        for (Json.Document vm : quota.documents("largest")) {
            largest.row(
                    vm.text("name"),
                    vm.text("desiredState"),
                    vm.text("vcpus"),
                    Words.mebibytes(vm.number("memoryMiB")),
                    Words.mebibytes(vm.number("diskMiB")),
                    vm.text("vmId"));
        }
        if (!largest.isEmpty()) {
            session.screen().answer(largest);
        }
        quota.find("notice").ifPresent(session.screen()::message);
    }

    private static String amount(String name, long value) {
        return name.endsWith("MiB") ? Words.mebibytes(value) : Long.toString(value);
    }
}
