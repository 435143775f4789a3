package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
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
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String id = session.names().vm(vm);
        VmChange.begun(
                session,
                session.api().change("DELETE", "/v1/vms/" + id + change.query(), null, change.headers()),
                change,
                wait,
                operation -> session.screen().answer("vm " + vm + " is gone"));
    }
}
