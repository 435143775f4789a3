package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "resume",
        description = "Let a paused VM go on.",
        footer = {"", "Example:", "  yado vm resume web"})
public final class VmResume implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmResume(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        VmChange.post(session, vm, "resume", change, wait);
    }
}
