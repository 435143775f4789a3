package dev.yado.vmmd.qemu;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a guest said and says on its serial ports, and the keyboard to them. Thread-safe; outlives the guest's runs. */
public final class GuestConsole {
    private static final Logger log = LoggerFactory.getLogger(GuestConsole.class);
    private final Map<SerialPort, LogTail> outputs = new EnumMap<>(SerialPort.class);
    private final Map<SerialPort, SerialInput> inputs = new EnumMap<>(SerialPort.class);
    private final LogTail qemuLog;
    private @Nullable QemuProcess process;

    public GuestConsole(GuestFiles files) {
        for (SerialPort port : SerialPort.values()) {
            outputs.put(port, new LogTail(files.serialLog(port)));
        }
        qemuLog = new LogTail(files.qemuLog());
    }

    public LogTail output(SerialPort port) {
        return Objects.requireNonNull(outputs.get(port));
    }

    /**
     * Types into a port, whole; waits while the guest does not take it.
     *
     * @throws IOException also when no guest runs
     */
    public void type(SerialPort port, byte[] bytes) throws IOException {
        SerialInput input;
        synchronized (this) {
            QemuProcess running = process;
            if (running == null || !running.alive()) {
                throw new IOException("the guest does not run");
            }
            input = inputs.computeIfAbsent(port, fresh -> new SerialInput(running.socket(fresh)));
        }
        input.type(bytes);
    }

    /** From here on input goes to this process; to none when null. */
    public synchronized void connect(@Nullable QemuProcess next) {
        for (SerialInput input : inputs.values()) {
            try {
                input.close();
            } catch (IOException e) {
                log.debug("a serial port did not close", e);
            }
        }
        inputs.clear();
        process = next;
    }

    /** Keeps what the guest wrote within bounds; to be called often. */
    public void trim() {
        try {
            for (LogTail output : outputs.values()) {
                output.trim();
            }
            qemuLog.trim();
        } catch (IOException e) {
            log.warn("a guest's log cannot be cut", e);
        }
    }
}
