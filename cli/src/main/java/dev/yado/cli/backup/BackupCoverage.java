package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "coverage",
        description = "Show for each VM what there is to fall back on, what is proven, and what is overdue.",
        footer = {"", "Example:", "  yado backup coverage", "  yado backup coverage --overdue"})
public final class BackupCoverage implements Runnable {
    private final Session session;

    @Option(names = "--overdue", description = "Only VMs whose backups are overdue.")
    private boolean overdue;

    public BackupCoverage(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        if (!overdue) {
            session.list("/v1/backups/coverage", vms -> table(vms, Instant.now()));
            return;
        }
        List<Json.Document> late = session.api().all("/v1/backups/coverage").stream()
                .filter(vm -> vm.text("state").equals("OVERDUE"))
                .toList();
        session.showItems(late, vms -> table(vms, Instant.now()));
    }

    static Table table(List<Json.Document> vms, Instant now) {
        Table table =
                new Table("VM", "STATE", "LAST", "PROVEN", "RESTORE", "NEXT", "SCHEDULES", "OVERDUE SINCE", "REASON");
        for (Json.Document vm : vms) {
            table.row(
                    vm.text("vmName"),
                    vm.text("state"),
                    Words.age(vm.text("lastBackupAt"), now),
                    Words.age(vm.text("lastProvenAt"), now),
                    vm.find("restoreSeconds").map(seconds -> seconds + " s").orElse(""),
                    vm.text("nextAt"),
                    String.join(", ", vm.texts("schedules")),
                    vm.text("overdueSince"),
                    vm.text("reason"));
        }
        return table;
    }
}
