package dev.yado.cli.backup;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List schedules of backups.",
        footer = {"", "Example:", "  yado backup schedule list"})
public final class ScheduleList implements Runnable {
    private final Session session;

    public ScheduleList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/backup-schedules", ScheduleList::table);
    }

    static Table table(List<Json.Document> schedules) {
        Table table = new Table("NAME", "VMS", "CRON", "ZONE", "NEXT", "KEEPS", "ID");
        for (Json.Document schedule : schedules) {
            table.row(
                    schedule.text("name"),
                    meant(schedule),
                    schedule.text("cron"),
                    schedule.text("timeZone"),
                    schedule.text("paused").equals("true") ? "paused" : schedule.text("nextAt"),
                    kept(schedule),
                    schedule.text("id"));
        }
        return table;
    }

    /** {@code all}, {@code tier=db}, {@code 3 VMs}. */
    static String meant(Json.Document schedule) {
        Json.Document selector = schedule.document("selector").orElse(new Json.Document());
        if (selector.text("all").equals("true")) {
            return "all";
        }
        List<String> vms = selector.texts("vmIds");
        if (!vms.isEmpty()) {
            return vms.size() == 1 ? "1 VM" : vms.size() + " VMs";
        }
        Json.Document labels = selector.document("labels").orElse(new Json.Document());
        Map<String, String> sorted = new TreeMap<>();
        labels.fields().keySet().forEach(key -> sorted.put(key, labels.text(key)));
        return sorted.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(", "));
    }

    /** {@code 7 daily, 4 weekly}. */
    static String kept(Json.Document schedule) {
        return schedule.document("retention")
                .map(retention -> retention.fields().keySet().stream()
                        .filter(period -> retention.number(period) > 0)
                        .map(period -> retention.text(period) + " " + period)
                        .collect(Collectors.joining(", ")))
                .map(kept -> kept.isEmpty() ? "the newest" : kept)
                .orElse("all");
    }
}
