package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = {
            "Add a range of addresses to a network.",
            "Its first address is kept for a router, its second answers DHCP and DNS."
        },
        footer = {
            "",
            "Example:",
            "  yado net subnet add backend 10.0.0.0/24 --dns 9.9.9.9",
            "  yado net subnet add internet 203.0.113.0/24 --range 203.0.113.10-203.0.113.99"
        })
public final class SubnetAdd implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "NETWORK", description = "Name or id.")
    private String network = "";

    @Parameters(index = "1", paramLabel = "CIDR", description = "Such as 10.0.0.0/24 or fd00:1::/64.")
    private String cidr = "";

    @Option(names = "--no-gateway", description = "Guests are told of no default route.")
    private boolean noGateway;

    @Option(
            names = "--gateway",
            paramLabel = "ADDRESS",
            description = "The gateway of a provider network, where it is not the first address.")
    private @Nullable String gateway;

    @Option(names = "--no-dhcp", description = "Guests do not get their addresses by DHCP.")
    private boolean noDhcp;

    @Option(
            names = "--dns",
            paramLabel = "ADDRESS",
            description = "Asked for names outside of the network. May be repeated.")
    private List<String> dns = new ArrayList<>();

    @Option(
            names = "--range",
            paramLabel = "FIRST-LAST",
            description = "Give only these addresses unasked, in a provider network.")
    private @Nullable String range;

    public SubnetAdd(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document()
                .with("cidr", cidr)
                .with("gateway", !noGateway)
                .with("dhcp", !noDhcp);
        if (!dns.isEmpty()) {
            body = body.with(
                    "dnsServers",
                    new Json.Array(dns.stream().<Json>map(Json.Text::new).toList()));
        }
        body = gateway == null ? body : body.with("gatewayAddress", gateway);
        if (range != null) {
            String[] ends = range.split("-", -1);
            if (ends.length != 2) {
                throw Failure.usage(
                        "'" + range + "' is not of the form FIRST-LAST", "Such as 203.0.113.10-203.0.113.99.");
            }
            body = body.with("rangeFirst", ends[0].strip()).with("rangeLast", ends[1].strip());
        }
        session.show(
                session.api().post("/v1/networks/" + session.names().network(network) + "/subnets", body),
                made -> session.screen().answer("subnet " + made.text("cidr") + " is made, id " + made.text("id")));
    }
}
