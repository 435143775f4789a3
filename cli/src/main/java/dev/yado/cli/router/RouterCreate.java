package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Make a router. It joins subnets, and with --external it has a way out.",
        footer = {"", "Example:", "  yado router create edge --external internet"})
public final class RouterCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Unique in the tenant.")
    private String name = "";

    @Option(
            names = "--external",
            paramLabel = "NETWORK",
            description = "Have the way out through this external network.")
    private @Nullable String external;

    @Option(names = "--no-snat", description = "What has no floating IP does not leave.")
    private boolean noSnat;

    public RouterCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document().with("name", name);
        if (external != null) {
            body = body.with(
                    "external",
                    new Json.Document()
                            .with("networkId", session.names().network(external))
                            .with("snat", !noSnat));
        }
        session.show(
                session.api().post("/v1/routers", body),
                made -> session.screen().answer("router " + name + " is made, id " + made.text("id")));
    }
}
