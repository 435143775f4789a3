package dev.yado.cli.router;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        description = "Take an external address.",
        footer = {"", "Example:", "  yado fip create", "  yado fip create --network internet --address 203.0.113.30"})
public final class FipCreate implements Runnable {
    private final Session session;

    @Option(
            names = "--network",
            paramLabel = "NETWORK",
            description = "Of this external network; needed where there are several.")
    private @Nullable String network;

    @Option(names = "--address", paramLabel = "ADDRESS", description = "This one; default: the next.")
    private @Nullable String address;

    public FipCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        body = network == null ? body : body.with("networkId", session.names().network(network));
        session.show(
                session.api().post("/v1/floating-ips", address == null ? body : body.with("address", address)),
                made -> session.screen()
                        .answer("floating IP " + made.text("address") + " is taken, id " + made.text("id")));
    }
}
