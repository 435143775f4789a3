package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "clear",
        description = "Take the router's way out.",
        footer = {"", "Example:", "  yado router external clear edge"})
public final class RouterExternalClear implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    public RouterExternalClear(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(
                session.api().delete("/v1/routers/" + session.names().router(router) + "/external"),
                changed -> RouterShow.facts(session, changed));
    }
}
