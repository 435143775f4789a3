package dev.yado.cli.host;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "decide",
        description = "Say what becomes of guests that cannot move from a host that is drained (administrator).",
        footer = {"", "Example:", "  yado host decide rack1-7 --stop batch-3 --leave monitoring"})
public final class HostDecide implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "HOST", description = "Name or id.")
    private String host = "";

    @Option(
            names = "--stop",
            paramLabel = "VM",
            description = "Stop it, gracefully, and leave it on the host. May be repeated.")
    private List<String> stop = new ArrayList<>();

    @Option(names = "--leave", paramLabel = "VM", description = "Leave it as it is. May be repeated.")
    private List<String> leave = new ArrayList<>();

    public HostDecide(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        if (stop.isEmpty() && leave.isEmpty()) {
            throw Failure.of(ExitCode.USAGE, "USAGE", "nothing is decided", "Name guests: --stop VM, --leave VM.");
        }
        String path = "/v1/hosts/" + session.names().host(host) + "/maintenance";
        Json.Document body = DrainOptions.with(new Json.Document(), "stop", session, stop);
        session.api().post(path + "/decisions", DrainOptions.with(body, "leave", session, leave));
        HostMaintenance.show(session, path);
    }
}
