package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a subnet. Refused while any of its addresses is taken.",
        footer = {"", "Example:", "  yado net subnet delete backend:10.0.0.0/24"})
public final class SubnetDelete implements Runnable {
    private final Session session;

    @Parameters(
            paramLabel = "SUBNET",
            description = "NETWORK:CIDR, or NETWORK where it has only one, or an id with its network.")
    private String subnet = "";

    public SubnetDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Places.Subnet found = new Places(session).subnet(subnet);
        session.api().delete("/v1/networks/" + found.network() + "/subnets/" + found.id());
        session.screen().answer("subnet " + found.cidr() + " is gone");
    }
}
