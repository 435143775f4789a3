package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.wire.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = "List the subnets of a network.",
        footer = {"", "Example:", "  yado net subnet list backend"})
public final class SubnetList implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NETWORK", description = "Name or id.")
    private String network = "";

    public SubnetList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/networks/" + session.names().network(network) + "/subnets", SubnetList::table);
    }

    private static Table table(List<Json.Document> subnets) {
        Table table = new Table("CIDR", "GATEWAY", "SERVICE", "DHCP", "DNS", "ID");
        for (Json.Document subnet : subnets) {
            table.row(
                    subnet.text("cidr"),
                    subnet.text("gatewayAddress"),
                    subnet.text("serviceAddress"),
                    subnet.text("dhcp").equals("true") ? "yes" : "no",
                    String.join(" ", subnet.texts("dnsServers")),
                    subnet.text("id"));
        }
        return table;
    }

    static String words(Json.Document subnet) {
        return subnet.text("cidr")
                + subnet.find("gatewayAddress")
                        .map(gateway -> ", gateway " + gateway)
                        .orElse(", no gateway")
                + (subnet.text("dhcp").equals("true") ? "" : ", no DHCP")
                + ", id " + subnet.text("id");
    }
}
