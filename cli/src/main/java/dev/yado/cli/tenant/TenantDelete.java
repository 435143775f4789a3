package dev.yado.cli.tenant;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Names;
import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Api;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove a tenant that has no VMs and no images (administrator). Its tokens end at once.",
        footer = {"", "Example:", "  yado tenant delete acme"})
public final class TenantDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "TENANT", description = "Name or id.")
    private String tenant = "";

    public TenantDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Api api = session.apiForAllTenants();
        api.delete("/v1/tenants/" + new Names(api).tenant(tenant));
        if (session.format() == Format.TABLE) {
            session.screen().answer("tenant " + tenant + " is gone");
        }
    }
}
