package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Api;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a port forwarding.",
        footer = {"", "Example:", "  yado fip forward delete 203.0.113.30 019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11"})
public final class ForwardDelete implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "FLOATING-IP", description = "The address or the id.")
    private String floatingIp = "";

    @Parameters(index = "1", paramLabel = "FORWARDING", description = "Its id.")
    private String forwarding = "";

    public ForwardDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api()
                .delete("/v1/floating-ips/" + session.names().floatingIp(floatingIp) + "/port-forwardings/"
                        + Api.encode(forwarding));
        session.screen().answer("the port forwarding is gone");
    }
}
