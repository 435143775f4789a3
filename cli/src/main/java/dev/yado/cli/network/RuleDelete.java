package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Api;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a rule from a group.",
        footer = {"", "Example:", "  yado secgroup rule delete web 019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11"})
public final class RuleDelete implements Runnable {
    private final Session session;

    @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
    private String group = "";

    @Parameters(index = "1", paramLabel = "RULE", description = "Its id.")
    private String rule = "";

    public RuleDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api()
                .delete("/v1/security-groups/" + session.names().securityGroup(group) + "/rules/" + Api.encode(rule));
        session.screen().answer("the rule is gone");
    }
}
