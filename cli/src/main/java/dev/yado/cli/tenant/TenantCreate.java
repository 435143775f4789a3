package dev.yado.cli.tenant;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Make a tenant (administrator).",
        footer = {"", "Example:", "  yado tenant create acme"})
public final class TenantCreate implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Unique in the cloud.")
    private String name = "";

    public TenantCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(
                session.apiForAllTenants().post("/v1/tenants", new Json.Document().with("name", name)),
                tenant -> session.screen().answer("tenant " + name + " is made, id " + tenant.text("id")));
    }
}
