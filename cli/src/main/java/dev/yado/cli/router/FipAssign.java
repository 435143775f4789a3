package dev.yado.cli.router;

import dev.yado.cli.network.Places;
import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "assign",
        description = "Let a floating IP lead to a card, from wherever it led before, in one step.",
        footer = {"", "Example:", "  yado fip assign 203.0.113.30 web", "  yado fip assign 203.0.113.30 web:1"})
public final class FipAssign implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "FLOATING-IP", description = "The address or the id.")
    private String floatingIp = "";

    @Parameters(index = "1", paramLabel = "CARD", description = "A VM (its first card), VM:N, or an id.")
    private String card = "";

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            description = "Which address of the card, where it has several.")
    private @Nullable String address;

    public FipAssign(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body =
                new Json.Document().with("nicId", new Places(session).card(card).id());
        session.show(
                session.api()
                        .change(
                                "PUT",
                                "/v1/floating-ips/" + session.names().floatingIp(floatingIp),
                                address == null ? body : body.with("address", address),
                                Map.of()),
                changed -> session.screen()
                        .answer("floating IP " + changed.text("address") + " leads to "
                                + changed.text("fixedAddress")));
    }
}
