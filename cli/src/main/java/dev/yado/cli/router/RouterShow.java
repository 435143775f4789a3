package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a router: its subnets, its way out, its gateway and why it is there.",
        footer = {"", "Example:", "  yado router show edge"})
public final class RouterShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    public RouterShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(
                session.api().get("/v1/routers/" + session.names().router(router)), shown -> facts(session, shown));
    }

    static void facts(Session session, Json.Document router) {
        Facts facts = new Facts().add("name", router.text("name")).add("id", router.text("id"));
        for (Json.Document leg : router.documents("subnets")) {
            facts.add("subnet", leg.text("cidr") + ", at " + leg.text("address") + ", id " + leg.text("subnetId"));
        }
        router.document("external")
                .ifPresent(way -> facts.add(
                        "way out",
                        "network " + way.text("networkId") + ", as " + String.join(" ", way.texts("addresses"))
                                + (way.text("snat").equals("true") ? "" : ", no SNAT")));
        for (Json.Document route : router.documents("routes")) {
            facts.add("route", route.text("destination") + " by " + route.text("nextHop"));
        }
        Json.Document gateway = router.document("gateway").orElse(new Json.Document());
        facts.add("gateway", gateway.find("hostId").map(host -> "host " + host).orElse("none"))
                .add("because", gateway.text("reason"))
                .add("in sync", gateway.text("inSync"))
                .add("problem", gateway.text("problem"))
                .show(session.screen());
    }
}
