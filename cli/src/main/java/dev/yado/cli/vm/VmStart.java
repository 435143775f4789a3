package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "start",
        description = "Start a VM.",
        footer = {"", "Example:", "  yado vm start web"})
public final class VmStart implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmStart(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        VmChange.post(session, vm, "start", change, wait);
    }
}
