package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.terminal.ConsoleSocket;
import dev.yado.cli.terminal.RawTerminal;
import dev.yado.cli.text.Screen;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "console",
        description = {
            "Attach this terminal to a VM's serial port. Ctrl-] leaves; the VM goes on.",
            "Without a terminal standard input is sent, and after its end what the guest writes is still shown."
        },
        footer = {"", "Example:", "  yado vm console web", "  echo uptime | yado vm console web --for 5"})
public final class VmConsole implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--port", paramLabel = "N", description = "0: the console (default), 1: the second port.")
    private int port;

    @Option(names = "--for", paramLabel = "TIME", description = "Leave after so long (5, 90s, 5m).")
    private @Nullable Duration time;

    public VmConsole(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/vms/" + session.names().vm(vm) + "/console?port=" + port;
        boolean terminal = Screen.isTerminal(0);
        if (terminal) {
            session.screen().message("Connecting to " + vm + ". Ctrl-] leaves, the VM goes on.");
        }
        ConsoleSocket socket = ConsoleSocket.open(session.api().endpoint(), path, System.out);
        if (!terminal) {
            socket.copy(session.input(), false, Optional.ofNullable(time));
            return;
        }
        String end;
        try (RawTerminal raw = RawTerminal.enter()) {
            end = socket.copy(raw.input(), true, Optional.ofNullable(time));
        }
        session.screen().message("");
        session.screen().message(end);
    }
}
