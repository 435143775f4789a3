package dev.yado.cli.tenant;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Revoke a token at once.",
        footer = {"", "Example:", "  yado token delete ci --tenant acme"})
public final class TokenDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "TOKEN", description = "Name or id; not the token itself.")
    private String token = "";

    public TokenDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String owner = TokenOwner.id(session);
        session.api()
                .delete("/v1/tenants/" + owner + "/tokens/" + session.names().token(owner, token));
        if (session.format() == Format.TABLE) {
            session.screen().answer("token " + token + " is revoked");
        }
    }
}
