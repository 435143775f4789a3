package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a network with its subnets, and how far the hosts that carry it have come.",
        footer = {"", "Example:", "  yado net show backend"})
public final class NetShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NETWORK", description = "Name or id.")
    private String network = "";

    public NetShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer = session.api().get("/v1/networks/" + session.names().network(network));
        session.show(answer, document -> facts(document, answer.etag()));
    }

    private void facts(Json.Document shown, String etag) {
        Facts facts = new Facts()
                .add("name", shown.text("name"))
                .add("id", shown.text("id"))
                .add(
                        "for",
                        shown.find("tenantId").map(tenant -> "tenant " + tenant).orElse("all tenants"))
                .add("external", shown.text("external").equals("true") ? "yes" : "")
                .add("mtu", shown.text("mtu"))
                .add("segment", shown.text("segment"));
        for (Json.Document subnet : shown.documents("subnets")) {
            facts.add("subnet", SubnetList.words(subnet));
        }
        for (Json.Document host : shown.documents("hosts")) {
            facts.add("host " + host.text("hostId"), progress(host));
        }
        facts.add("generation", shown.text("generation")).add("etag", etag).show(session.screen());
    }

    private static String progress(Json.Document host) {
        String how = host.number("wanted") == 0
                ? "has yet to hear that it does not carry it"
                : host.number("acknowledged") >= host.number("wanted")
                        ? "in sync"
                        : "has " + host.text("acknowledged") + ", wanted is " + host.text("wanted");
        return host.find("problem").map(problem -> how + ": " + problem).orElse(how);
    }
}
