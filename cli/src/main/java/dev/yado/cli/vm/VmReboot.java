package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "reboot",
        description = "Reset a running VM, as its reset button would.",
        footer = {"", "Example:", "  yado vm reboot web"})
public final class VmReboot implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmReboot(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        VmChange.post(session, vm, "reboot", change, wait);
    }
}
