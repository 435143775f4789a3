package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "release",
        description = "Let a floating IP lead nowhere. The tenant keeps it.",
        footer = {"", "Example:", "  yado fip release 203.0.113.30"})
public final class FipRelease implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "FLOATING-IP", description = "The address or the id.")
    private String floatingIp = "";

    public FipRelease(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(
                session.api()
                        .change(
                                "PUT",
                                "/v1/floating-ips/" + session.names().floatingIp(floatingIp),
                                new Json.Document(),
                                Map.of()),
                changed -> session.screen().answer("floating IP " + changed.text("address") + " leads nowhere"));
    }
}
