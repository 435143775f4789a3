package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Stop a VM hard and remove it with its disks. It does not ask.",
        footer = {"", "Example:", "  yado vm delete web"})
public final class VmDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().vm(vm);
        new Waiting(session)
                .begun(
                        session.api().delete("/v1/vms/" + id),
                        wait,
                        operation -> session.screen().answer("vm " + vm + " is gone"));
    }
}
