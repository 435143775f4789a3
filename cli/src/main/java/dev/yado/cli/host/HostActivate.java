package dev.yado.cli.host;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "activate",
        description = {
            "Put a host back into service (administrator). A drain that is under way is called off: moves that can still be broken off are,",
            "what has moved stays where it is. Guests that were stopped for the drain stay stopped."
        },
        footer = {"", "Example:", "  yado host activate rack1-7"})
public final class HostActivate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    public HostActivate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/hosts/" + session.names().host(host) + "/maintenance");
        if (session.format() == Format.TABLE) {
            session.screen().answer("host " + host + " is in service");
        }
    }
}
