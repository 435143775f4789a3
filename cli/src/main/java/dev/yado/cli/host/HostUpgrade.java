package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "upgrade",
        description = {
            "Upgrade hosts one after the other (administrator): each is drained, waited for until its daemon has come back as another one, and",
            "put back into service. What installs the new daemon is yours: it may begin as soon as the host is DRAINED."
        },
        footer = {
            "",
            "The operation goes on without this command. Where a guest cannot move it stops, and that host stays out of service.",
            "",
            "Example:",
            "  yado host upgrade --rolling",
            "  yado host upgrade --rolling --to-version 1.4.0 rack1-7 rack1-8"
        })
public final class HostUpgrade implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", arity = "0..*", description = "Names or ids, in this order; else all that are up.")
    private List<String> hosts = new ArrayList<>();

    @Option(names = "--rolling", required = true, description = "One after the other: there is no other way.")
    @SuppressWarnings("unused") // picocli demands it
    private boolean rolling;

    @Option(
            names = "--to-version",
            paramLabel = "VERSION",
            description = "What each daemon is to come back with; else any other than before.")
    private @Nullable String version;

    @Mixin
    private DrainOptions drain = new DrainOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public HostUpgrade(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        if (!hosts.isEmpty()) {
            body = body.with(
                    "hostIds",
                    new Json.Array(hosts.stream()
                            .<Json>map(host -> new Json.Text(session.names().host(host)))
                            .toList()));
        }
        body = version == null ? body : body.with("version", version);
        Answer begun = session.api().post("/v1/host-upgrades", body.with("drain", drain.body(session)));
        String path = "/v1/host-upgrades/" + begun.document().text("targetId");
        new Waiting(session).begun(begun, wait, _ -> show(path));
    }

    private void show(String path) {
        Table table = new Table("HOST", "STATE", "FROM", "NOW");
        for (Json.Document host : session.api().get(path).document().documents("hosts")) {
            table.row(
                    host.text("host"), host.text("state"), host.text("agentVersionBefore"), host.text("agentVersion"));
        }
        session.screen().answer(table);
    }
}
