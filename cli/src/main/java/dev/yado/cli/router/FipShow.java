package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Json;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a floating IP and where it leads.",
        footer = {"", "Example:", "  yado fip show 203.0.113.30"})
public final class FipShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "FLOATING-IP", description = "The address or the id.")
    private String floatingIp = "";

    public FipShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(
                session.api().get("/v1/floating-ips/" + session.names().floatingIp(floatingIp)),
                shown -> facts(session, shown));
    }

    static void facts(Session session, Json.Document shown) {
        Facts facts = new Facts()
                .add("address", shown.text("address"))
                .add("id", shown.text("id"))
                .add("to", shown.text("fixedAddress"))
                .add("vm", shown.text("vmId"))
                .add("card", shown.text("nicId"))
                .add("router", shown.text("routerId"));
        for (Json.Document forwarding : shown.documents("portForwardings")) {
            facts.add("forwarding " + forwarding.text("id"), words(forwarding));
        }
        facts.show(session.screen());
    }

    /** As in "tcp:80>10.0.0.7:8080". */
    static String words(Json.Document forwarding) {
        return forwarding.text("protocol").toLowerCase(Locale.ROOT) + ":" + forwarding.text("port") + ">"
                + forwarding.text("address") + ":" + forwarding.text("targetPort");
    }
}
