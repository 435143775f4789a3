package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = {
            "Back VMs up by themselves, and keep what is to be kept.",
            "The newest backup of a VM that is whole is kept whatever --keep says."
        },
        footer = {
            "",
            "Example:",
            "  yado backup schedule create nightly --all --cron '0 2 * * *' --zone Europe/Berlin --keep daily=7,weekly=4,monthly=12",
            "  yado backup schedule create hourly --label tier=db --cron @hourly --window 10 --keep last=24"
        })
public final class ScheduleCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "What it is called.")
    private String name = "";

    @Option(names = "--all", description = "All VMs of the tenant, those to come too.")
    private boolean all;

    @Option(names = "--vm", paramLabel = "VM", split = ",", description = "These VMs; names or ids.")
    private List<String> vms = new ArrayList<>();

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "VMs that have all of these labels.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--cron",
            paramLabel = "CRON",
            required = true,
            description = "Minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly.")
    private String cron = "";

    @Option(names = "--zone", paramLabel = "ZONE", description = "Time zone of the times of day (default UTC).")
    private @Nullable String zone;

    @Option(
            names = "--window",
            paramLabel = "MINUTES",
            description = "Over which the VMs' backups begin, one after the other (default 60).")
    private @Nullable Integer window;

    @Option(
            names = "--keep",
            paramLabel = "PERIOD=N",
            split = ",",
            description = "last, daily, weekly, monthly, yearly: how many of each are kept. Default: all are kept.")
    private Map<String, Integer> keep = new LinkedHashMap<>();

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description = "Where to; else the only one that a VM's host has.")
    private @Nullable String repository;

    public ScheduleCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document()
                .with("name", name)
                .with("selector", selector())
                .with("cron", cron);
        body = zone == null ? body : body.with("timeZone", zone);
        body = window == null ? body : body.with("windowMinutes", window);
        body = repository == null ? body : body.with("repository", repository);
        if (!keep.isEmpty()) {
            Json.Document retention = new Json.Document();
            for (Map.Entry<String, Integer> period : keep.entrySet()) {
                retention = retention.with(period.getKey(), period.getValue());
            }
            body = body.with("retention", retention);
        }
        session.show(
                session.api().post("/v1/backup-schedules", body),
                made -> session.screen()
                        .answer("schedule " + made.text("name") + " backs up " + ScheduleList.meant(made) + ", next at "
                                + made.text("nextAt") + ", keeps " + ScheduleList.kept(made)));
    }

    private Json.Document selector() {
        if ((all ? 1 : 0) + (vms.isEmpty() ? 0 : 1) + (labels.isEmpty() ? 0 : 1) != 1) {
            throw Failure.usage("it is not said which VMs", "Give one of --all, --vm and --label.");
        }
        if (all) {
            return new Json.Document().with("all", true);
        }
        if (!vms.isEmpty()) {
            List<Json> ids = new ArrayList<>();
            vms.forEach(vm -> ids.add(new Json.Text(session.names().vm(vm))));
            return new Json.Document().with("vmIds", new Json.Array(ids));
        }
        Json.Document meant = new Json.Document();
        for (Map.Entry<String, String> label : labels.entrySet()) {
            meant = meant.with(label.getKey(), label.getValue());
        }
        return new Json.Document().with("labels", meant);
    }
}
