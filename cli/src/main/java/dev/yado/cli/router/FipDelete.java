package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Give a floating IP back, with its port forwardings.",
        footer = {"", "Example:", "  yado fip delete 203.0.113.30"})
public final class FipDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "FLOATING-IP", description = "The address or the id.")
    private String floatingIp = "";

    public FipDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/floating-ips/" + session.names().floatingIp(floatingIp));
        session.screen().answer("floating IP " + floatingIp + " is given back");
    }
}
