package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a network with its subnets. Refused while a network card or router is in it.",
        footer = {"", "Example:", "  yado net delete backend"})
public final class NetDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NETWORK", description = "Name or id.")
    private String network = "";

    public NetDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/networks/" + session.names().network(network));
        session.screen().answer("network " + network + " is gone");
    }
}
