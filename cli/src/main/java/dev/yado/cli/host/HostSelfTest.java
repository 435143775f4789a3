package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "selftest",
        description = "Print the result of a host's KVM self-test as JSON: verdict, speed and reason (administrator).",
        footer = {"", "Example:", "  yado host selftest host-1"})
public final class HostSelfTest implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    public HostSelfTest(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document answer =
                session.api().get("/v1/hosts/" + session.names().host(host)).document();
        session.screen()
                .answer(answer.document("selfTest").orElse(new Json.Document()).line());
    }
}
