package dev.yado.cli.tenant;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Make a token for a tenant. Standard output gets the token alone; nobody can read it again.",
        footer = {"", "Example:", "  (umask 077; yado token create ci --tenant acme > acme-ci.token)"})
public final class TokenCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "What it is for; unique in the tenant.")
    private String name = "";

    public TokenCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/tenants/" + TokenOwner.id(session) + "/tokens";
        session.show(session.api().post(path, new Json.Document().with("name", name)), token -> {
            session.screen().message("token " + name + " is made, id " + token.text("id") + "; it is shown only now:");
            session.screen().answer(token.text("token"));
        });
    }
}
