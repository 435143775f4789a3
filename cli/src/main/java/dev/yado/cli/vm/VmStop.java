package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.wire.Json;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "stop",
        description =
                "Stop a VM. Graceful asks the guest to power off and stops it hard when it has not done so in time.",
        footer = {"", "Example:", "  yado vm stop web", "  yado vm stop web --mode hard"})
public final class VmStop implements Runnable {
    enum Mode {
        GRACEFUL,
        HARD;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--mode", paramLabel = "MODE", description = "graceful (default) or hard.")
    private Mode mode = Mode.GRACEFUL;

    @Option(
            names = "--timeout-seconds",
            paramLabel = "N",
            description = "How long a graceful stop leaves to the guest (default 60).")
    private @Nullable Integer timeoutSeconds;

    @Mixin
    private ChangeOptions change = new ChangeOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public VmStop(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Json.Document body = new Json.Document().with("mode", mode.toString());
        VmChange.post(
                session,
                vm,
                "stop",
                timeoutSeconds == null ? body : body.with("timeoutSeconds", timeoutSeconds),
                change,
                wait);
    }
}
