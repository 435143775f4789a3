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
        name = "add",
        description = "Put a foot of the router into a subnet.",
        footer = {
            "",
            "Example:",
            "  yado router subnet add edge backend",
            "  yado router subnet add edge backend:10.0.0.0/24 --address 10.0.0.254"
        })
public final class RouterSubnetAdd implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    @Parameters(index = "1", paramLabel = "SUBNET", description = "NETWORK:CIDR, or NETWORK where it has only one.")
    private String subnet = "";

    @Option(names = "--address", paramLabel = "ADDRESS", description = "Default: the gateway of the subnet.")
    private @Nullable String address;

    public RouterSubnetAdd(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        String path = "/v1/routers/" + session.names().router(router) + "/subnets/"
                + new Places(session).subnet(subnet).id();
        session.show(
                session.api().change("PUT", path, address == null ? body : body.with("address", address), Map.of()),
                changed -> RouterShow.facts(session, changed));
    }
}
