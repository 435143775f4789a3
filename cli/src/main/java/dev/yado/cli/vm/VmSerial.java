package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.terminal.ConsoleSocket;
import dev.yado.cli.wire.Answer;
import java.io.InputStream;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "serial",
        description = "Print what the guest wrote last to a serial port, as it wrote it.",
        footer = {"", "Example:", "  yado vm serial web", "  yado vm serial web --port 1 --follow"})
public final class VmSerial implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    @Option(names = "--port", paramLabel = "N", description = "0: the console (default), 1: the second port.")
    private int port;

    @Option(names = "--bytes", paramLabel = "N", description = "How many bytes at most (default 65536).")
    private int bytes = 65_536;

    @Option(names = "--follow", description = "The last 4 KiB, and then what comes, until Ctrl-C or the VM's end.")
    private boolean follow;

    public VmSerial(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String path = "/v1/vms/" + session.names().vm(vm);
        if (follow) {
            ConsoleSocket.open(session.api().endpoint(), path + "/console?port=" + port, System.out)
                    .copy(InputStream.nullInputStream(), false, Optional.empty());
        } else {
            Answer answer = session.api().get(path + "/serial?port=" + port + "&bytes=" + bytes);
            System.out.write(answer.body(), 0, answer.body().length);
            System.out.flush();
        }
    }
}
