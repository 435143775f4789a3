package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a security group with its rules. Refused while a card is in it.",
        footer = {"", "Example:", "  yado secgroup delete web"})
public final class GroupDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "GROUP", description = "Name or id.")
    private String group = "";

    public GroupDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/security-groups/" + session.names().securityGroup(group));
        session.screen().answer("security group " + group + " is gone");
    }
}
