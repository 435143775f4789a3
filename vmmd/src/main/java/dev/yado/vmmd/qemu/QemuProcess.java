package dev.yado.vmmd.qemu;

import dev.yado.kernel.ExitStatus;
import dev.yado.kernel.PidFd;
import dev.yado.vmmd.agent.GuestFileSystems;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of one guest, started by this daemon or by an earlier one. */
public final class QemuProcess {
    private static final Logger log = LoggerFactory.getLogger(QemuProcess.class);
    private static final int SIGKILL = 9;
    private final long pid;
    private final Kill kill;
    private final GuestFiles files;
    private final CompletableFuture<ProcessEnd> end;

    /** Ends exactly this process, also when its id has been given to another one. */
    private interface Kill {
        void now() throws IOException;
    }

    private QemuProcess(long pid, Kill kill, GuestFiles files, CompletableFuture<ProcessEnd> end) {
        this.pid = pid;
        this.kill = kill;
        this.files = files;
        this.end = end;
    }

    /** @param hold on its process, which is closed when it has ended */
    static QemuProcess of(PidFd hold, GuestFiles files) {
        CompletableFuture<ProcessEnd> end = hold.onExit().thenApply(_ -> {
            try (hold) {
                return end(hold);
            }
        });
        return new QemuProcess(hold.identity().pid(), () -> hold.signal(SIGKILL), files, end);
    }

    private static ProcessEnd end(PidFd hold) {
        try {
            return switch (hold.reap().orElse(null)) {
                case ExitStatus.Exited(int code) -> new ProcessEnd.Exited(code);
                case ExitStatus.Signalled(int signal) -> new ProcessEnd.Signalled(signal);
                case null -> new ProcessEnd.Unknown();
            };
        } catch (IOException e) {
            log.warn("how process {} ended cannot be asked", hold.identity().pid(), e);
            return new ProcessEnd.Unknown();
        }
    }

    public long pid() {
        return pid;
    }

    public boolean alive() {
        return !end.isDone();
    }

    /** Completes when the process is gone. */
    public CompletableFuture<ProcessEnd> end() {
        return end;
    }

    /** Ends it at once, whatever it is doing. */
    public void kill() {
        try {
            kill.now();
        } catch (IOException e) {
            log.error("process {} cannot be killed", pid, e);
        }
    }

    public QmpSession connect(Duration patience, QmpSession.Listener listener)
            throws IOException, InterruptedException {
        Path socket = files.reachable(GuestFiles.QMP, pid());
        return QmpSession.connect(socket, patience, this::alive, listener);
    }

    /** Where input of a serial port goes to. */
    public Path socket(SerialPort port) {
        return files.reachable(GuestFiles.socket(port), pid());
    }

    /** To the agent in its guest; a process of a daemon of before has none. */
    public GuestFileSystems.Channel channel() {
        return new GuestFileSystems.Channel() {
            @Override
            public Path socket() {
                return files.reachable(GuestFiles.AGENT, pid());
            }

            @Override
            public boolean alive() {
                return QemuProcess.this.alive();
            }
        };
    }

    /** The last things that QEMU said. */
    public List<String> lastWords() {
        try {
            return files.lastWords();
        } catch (IOException e) {
            return List.of("its log cannot be read: " + e.getMessage());
        }
    }

    /** The last thing that QEMU said, or nothing. */
    public @Nullable String lastWord() {
        List<String> words = lastWords();
        return words.isEmpty() ? null : words.getLast();
    }
}
