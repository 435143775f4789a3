package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "move",
        description = "Make another host the gateway of a router (administrator).",
        footer = {"", "Example:", "  yado router move edge", "  yado router move edge --host h2"})
public final class RouterMove implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    @Option(names = "--host", paramLabel = "HOST", description = "Name or id; default: the best of the others.")
    private @Nullable String host;

    public RouterMove(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        session.show(
                session.api()
                        .post(
                                "/v1/routers/" + session.names().router(router) + "/gateway",
                                host == null
                                        ? body
                                        : body.with("hostId", session.names().host(host))),
                changed -> RouterShow.facts(session, changed));
    }
}
