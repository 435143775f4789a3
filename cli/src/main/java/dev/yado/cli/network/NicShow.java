package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a network card.",
        footer = {"", "Example:", "  yado nic show web", "  yado nic show web:1"})
public final class NicShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "CARD", description = "A VM (its first card), VM:N, or an id.")
    private String nic = "";

    public NicShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer =
                session.api().get("/v1/nics/" + new Places(session).card(nic).id());
        session.show(answer, document -> facts(document, answer.etag()));
    }

    private void facts(Json.Document shown, String etag) {
        Facts facts = new Facts()
                .add("id", shown.text("id"))
                .add("vm", shown.text("vmId"))
                .add("network", shown.text("networkId"))
                .add("mac", shown.text("mac"))
                .add("addresses", String.join(" ", shown.texts("addresses")))
                .add("security groups", String.join(" ", shown.texts("securityGroupIds")));
        shown.document("qos")
                .ifPresent(qos ->
                        facts.add("in, at most", rate(qos, "inKbits")).add("out, at most", rate(qos, "outKbits")));
        facts.add("etag", etag).show(session.screen());
    }

    private static String rate(Json.Document qos, String field) {
        return qos.find(field).map(rate -> rate + " kbit/s").orElse("");
    }
}
