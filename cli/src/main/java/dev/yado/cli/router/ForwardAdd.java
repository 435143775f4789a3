package dev.yado.cli.router;

import dev.yado.cli.network.Places;
import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = "Let one port of a floating IP lead to a port of a card.",
        footer = {"", "Example:", "  yado fip forward add 203.0.113.30 web --port 80 --target-port 8080"})
public final class ForwardAdd implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "FLOATING-IP", description = "The address or the id.")
    private String floatingIp = "";

    @Parameters(index = "1", paramLabel = "CARD", description = "A VM (its first card), VM:N, or an id.")
    private String card = "";

    @Option(names = "--port", required = true, paramLabel = "N", description = "Of the floating IP.")
    private int port;

    @Option(names = "--target-port", paramLabel = "N", description = "Of the card; default: the same.")
    private @Nullable Integer targetPort;

    @Option(names = "--protocol", paramLabel = "NAME", description = "tcp (default) or udp.")
    private @Nullable String protocol;

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            description = "Which address of the card, where it has several.")
    private @Nullable String address;

    public ForwardAdd(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document()
                .with("protocol", protocol == null ? "TCP" : protocol.toUpperCase(Locale.ROOT))
                .with("port", port)
                .with("nicId", new Places(session).card(card).id());
        body = targetPort == null ? body : body.with("targetPort", targetPort);
        body = address == null ? body : body.with("address", address);
        session.show(
                session.api()
                        .post("/v1/floating-ips/" + session.names().floatingIp(floatingIp) + "/port-forwardings", body),
                made -> session.screen().answer(FipShow.words(made) + ", id " + made.text("id")));
    }
}
