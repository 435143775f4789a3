package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a router. Refused while floating IPs lead through it.",
        footer = {"", "Example:", "  yado router delete edge"})
public final class RouterDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    public RouterDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/routers/" + session.names().router(router));
        session.screen().answer("router " + router + " is gone");
    }
}
