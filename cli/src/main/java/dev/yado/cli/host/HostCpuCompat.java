package dev.yado.cli.host;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "cpu-compat",
        description =
                "Say which CPU models hosts have, which of them keep the baseline low, and which guests could not go where (administrator).",
        footer = {"", "Example:", "  yado host cpu-compat", "  yado host cpu-compat rack1-7"})
public final class HostCpuCompat implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", arity = "0..1", description = "This host and the guests on it; else all.")
    private @Nullable String host;

    public HostCpuCompat(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer = session.api()
                .get("/v1/hosts/cpu-compat"
                        + (host == null ? "" : "?hostId=" + session.names().host(host)));
        if (session.format() == Format.JSON) {
            session.screen().answer(answer.body());
            return;
        }
        Json.Document found = answer.document();
        baselines(session, found.documents("baselines"));
        hosts(found.documents("hosts"));
        guests(found.documents("guests"));
    }

    static void baselines(Session session, List<Json.Document> baselines) {
        Table table = new Table("ARCHITECTURE", "ACCEL", "BASELINE", "SAID BY", "KEPT LOW BY", "LACKING");
        for (Json.Document baseline : baselines) {
            String low = baseline.documents("keptLowBy").stream()
                    .map(each -> each.text("name") + " (else " + each.text("otherwise") + ")")
                    .collect(Collectors.joining(", "));
            table.row(
                    baseline.text("architecture"),
                    baseline.text("accelerator"),
                    baseline.find("model").orElse("none in common"),
                    baseline.find("setAt").isPresent()
                            ? "administrator; computed "
                                    + baseline.find("computed").orElse("none")
                            : "computed",
                    low,
                    names(baseline.documents("lacking")));
        }
        session.screen().answer(table);
    }

    private void hosts(List<Json.Document> hosts) {
        Table table = new Table("HOST", "CPU", "BEST MODELS", "NOT COUNTED");
        for (Json.Document each : hosts) {
            Json.Document models = each.document("models").orElse(new Json.Document());
            table.row(
                    each.text("name"),
                    each.text("cpu"),
                    models.fields().keySet().stream()
                            .map(with -> with + " " + best(models.texts(with)))
                            .collect(Collectors.joining(", ")),
                    each.text("notCounted"));
        }
        session.screen().answer("");
        session.screen().answer(table);
    }

    private static String best(List<String> models) {
        return models.isEmpty() ? "none" : models.getLast();
    }

    private void guests(List<Json.Document> guests) {
        session.screen().answer("");
        if (guests.isEmpty()) {
            session.screen().answer("Every guest could go to every host, as far as processors are concerned.");
            return;
        }
        Table table = new Table("GUESTS", "ACCEL", "PINNED TO", "CANNOT GO TO", "COULD GO TO", "THESE");
        for (Json.Document each : guests) {
            table.row(
                    each.text("count"),
                    each.text("accelerator"),
                    each.find("model").orElse("all of " + each.text("cpu")),
                    names(each.documents("notOn")),
                    each.text("possibleOn") + " hosts",
                    names(each.documents("some")));
        }
        session.screen().answer(table);
    }

    private static String names(List<Json.Document> items) {
        return items.stream().map(item -> item.text("name")).collect(Collectors.joining(", "));
    }
}
