package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "pause",
        description = "Stop a VM's CPUs where they are; its memory stays.",
        footer = {"", "Example:", "  yado vm pause web"})
public final class VmPause implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmPause(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        VmChange.post(session, vm, "pause", change, wait);
    }
}
