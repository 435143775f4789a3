package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Give the router its way out, or another one.",
        footer = {"", "Example:", "  yado router external set edge internet --address 203.0.113.20"})
public final class RouterExternalSet implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    @Parameters(index = "1", paramLabel = "NETWORK", description = "An external network, by name or id.")
    private String network = "";

    @Option(names = "--address", paramLabel = "ADDRESS", description = "Default: any.")
    private @Nullable String address;

    @Option(names = "--no-snat", description = "What has no floating IP does not leave.")
    private boolean noSnat;

    public RouterExternalSet(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document()
                .with("networkId", session.names().network(network))
                .with("snat", !noSnat);
        String path = "/v1/routers/" + session.names().router(router) + "/external";
        session.show(
                session.api().change("PUT", path, address == null ? body : body.with("address", address), Map.of()),
                changed -> RouterShow.facts(session, changed));
    }
}
