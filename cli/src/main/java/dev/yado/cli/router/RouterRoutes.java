package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "routes",
        description = "Set all static routes of a router; without any: none.",
        footer = {"", "Example:", "  yado router routes edge 10.9.0.0/16=10.0.0.7"})
public final class RouterRoutes implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    @Parameters(index = "1..*", paramLabel = "RANGE=ADDRESS", description = "Packets to the range go to the address.")
    private List<String> routes = new ArrayList<>();

    public RouterRoutes(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        List<Json> all = new ArrayList<>();
        for (String route : routes) {
            String[] parts = route.split("=", -1);
            if (parts.length != 2) {
                throw Failure.usage(
                        "'" + route + "' is not of the form RANGE=ADDRESS", "Such as 10.9.0.0/16=10.0.0.7.");
            }
            all.add(new Json.Document().with("destination", parts[0]).with("nextHop", parts[1]));
        }
        session.show(
                session.api()
                        .change(
                                "PUT",
                                "/v1/routers/" + session.names().router(router) + "/routes",
                                new Json.Document().with("routes", new Json.Array(all)),
                                Map.of()),
                changed -> RouterShow.facts(session, changed));
    }
}
