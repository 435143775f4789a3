package dev.yado.cli.router;

import dev.yado.cli.network.Places;
import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Take the router out of a subnet.",
        footer = {"", "Example:", "  yado router subnet delete edge backend"})
public final class RouterSubnetDelete implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ROUTER", description = "Name or id.")
    private String router = "";

    @Parameters(index = "1", paramLabel = "SUBNET", description = "NETWORK:CIDR, or NETWORK where it has only one.")
    private String subnet = "";

    public RouterSubnetDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/routers/" + session.names().router(router) + "/subnets/"
                + new Places(session).subnet(subnet).id();
        session.show(session.api().delete(path), changed -> RouterShow.facts(session, changed));
    }
}
