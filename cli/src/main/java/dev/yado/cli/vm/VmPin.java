package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "pin",
        description = {
            "Let a VM be on one host only (administrator): nothing moves it elsewhere, and a drain of that host names it.",
            "A pin moves nothing itself."
        },
        footer = {"", "Example:", "  yado vm pin licence-server", "  yado vm pin licence-server --to rack1-7"})
public final class VmPin implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--to", paramLabel = "HOST", description = "Which host (default: the one that it is on).")
    private @Nullable String to;

    public VmPin(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document();
        body = to == null ? body : body.with("hostId", session.names().host(to));
        session.show(
                session.api().change("PUT", "/v1/vms/" + session.names().vm(vm) + "/pin", body, Map.of()),
                pinned -> session.screen()
                        .answer("vm " + pinned.text("name") + " may be on host "
                                + session.hostNames().of(pinned.text("pinnedHostId"))
                                + " only"
                                + (pinned.text("pinnedHostId").equals(pinned.text("hostId"))
                                        ? ""
                                        : "; it is not there: yado vm migrate " + pinned.text("name"))));
    }
}
