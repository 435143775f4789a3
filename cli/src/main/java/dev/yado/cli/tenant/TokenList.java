package dev.yado.cli.tenant;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List a tenant's tokens; what they are stays secret.",
        footer = {"", "Example:", "  yado token list --tenant acme"})
public final class TokenList implements Runnable {
    private final Session session;

    public TokenList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/tenants/" + TokenOwner.id(session) + "/tokens", TenantList::table);
    }
}
