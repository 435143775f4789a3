package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a security group with its rules.",
        footer = {"", "Example:", "  yado secgroup show web"})
public final class GroupShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "GROUP", description = "Name or id.")
    private String group = "";

    public GroupShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Answer answer =
                session.api().get("/v1/security-groups/" + session.names().securityGroup(group));
        session.show(answer, document -> facts(document, answer.etag()));
    }

    private void facts(Json.Document shown, String etag) {
        Facts facts = new Facts()
                .add("name", shown.text("name"))
                .add("id", shown.text("id"))
                .add("default", shown.text("default").equals("true") ? "yes" : "")
                .add("description", shown.text("description"));
        for (Json.Document rule : shown.documents("rules")) {
            facts.add("rule " + rule.text("id"), words(rule));
        }
        facts.add("etag", etag).show(session.screen());
    }

    /** As in "IN IPV4 TCP 443 from 0.0.0.0/0". */
    static String words(Json.Document rule) {
        String ports = rule.find("portMin")
                .map(first -> " " + first
                        + rule.find("portMax")
                                .filter(last -> !last.equals(first))
                                .map(last -> "-" + last)
                                .orElse(""))
                .orElse("");
        String other = rule.find("remoteCidr")
                .or(() -> rule.find("remoteGroupId").map(group -> "members of " + group))
                .orElse("anyone");
        return rule.text("direction") + " " + rule.text("family") + " " + rule.text("protocol") + ports
                + (rule.text("direction").equals("IN") ? " from " : " to ") + other;
    }
}
