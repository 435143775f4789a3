package dev.yado.cli.drift;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List where wanted, reported and real have parted, and what is done about it (administrator).",
        footer = {
            "",
            "Example:",
            "  yado drift list",
            "  yado drift list --healed --vm web",
            "  yado drift list --severity critical"
        })
public final class DriftList implements Runnable {
    private final Session session;

    @Option(names = "--host", paramLabel = "HOST", description = "Only what is of this host; name or id.")
    private @Nullable String host;

    @Option(names = "--vm", paramLabel = "VM", description = "Only what is of this VM; name or id.")
    private @Nullable String vm;

    @Option(names = "--kind", paramLabel = "KIND", description = "Only this kind.")
    private @Nullable String kind;

    @Option(names = "--severity", paramLabel = "SEVERITY", description = "info, warning or critical.")
    private @Nullable String severity;

    @Option(names = "--healed", description = "Also what is over.")
    private boolean healed;

    public DriftList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        List<String> filters = new ArrayList<>();
        if (host != null) {
            filters.add("hostId=" + session.names().host(host));
        }
        if (vm != null) {
            filters.add("vmId=" + session.names().vm(vm));
        }
        if (kind != null) {
            filters.add("kind=" + Api.encode(kind.toUpperCase(Locale.ROOT)));
        }
        if (severity != null) {
            filters.add("severity=" + Api.encode(severity.toUpperCase(Locale.ROOT)));
        }
        if (healed) {
            filters.add("healed=true");
        }
        session.list(
                "/v1/drift" + (filters.isEmpty() ? "" : "?" + String.join("&", filters)),
                entries -> table(entries, Instant.now()));
    }

    static Table table(List<Json.Document> entries, Instant now) {
        Table table = new Table(
                "SEVERITY", "STATUS", "KIND", "SINCE", "SEEN", "HOST", "OBJECT", "WANTED", "REAL", "RULE", "ID");
        for (Json.Document entry : entries) {
            table.row(
                    entry.text("severity"),
                    entry.text("status"),
                    entry.text("kind"),
                    Words.age(entry.text("since"), now) + " ago",
                    Words.age(entry.text("lastSeenAt"), now) + " ago",
                    entry.text("hostName"),
                    entry.text("object"),
                    entry.text("wanted"),
                    entry.text("real"),
                    entry.find("healedBy").orElse(entry.text("rule")),
                    entry.text("id"));
        }
        return table;
    }
}
