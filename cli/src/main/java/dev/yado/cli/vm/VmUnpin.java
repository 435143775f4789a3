package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "unpin",
        description = "Let a VM be on any host again (administrator).",
        footer = {"", "Example:", "  yado vm unpin licence-server"})
public final class VmUnpin implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    public VmUnpin(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(
                session.api().delete("/v1/vms/" + session.names().vm(vm) + "/pin"),
                free -> session.screen().answer("vm " + free.text("name") + " may be on any host"));
    }
}
