package dev.yado.cli.host;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "revoke",
        description = {
            "Refuse a host's certificates from now on (administrator). Its guests run on and are shown as UNKNOWN after its lease.",
            "'yado host join-token --renew' brings it back."
        },
        footer = {"", "Example:", "  yado host revoke rack1-7"})
public final class HostRevoke implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    public HostRevoke(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().post("/v1/hosts/" + session.names().host(host) + "/revoke", new Json.Document());
        if (session.format() == Format.TABLE) {
            session.screen().answer("the certificates of host " + host + " are revoked");
        }
    }
}
