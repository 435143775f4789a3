package dev.yado.vmmd.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that QEMU and the daemon share, in the VM's directory. QEMU's user owns the directory of the sockets and the logs of
 * the serial ports themselves; it cannot add or replace a name anywhere else.
 */
public final class GuestFiles {
    static final String SOCKETS = "sock";
    static final String QMP = SOCKETS + "/qmp";
    static final String AGENT = SOCKETS + "/agent";
    private static final String RUN_BEGINS = "yado: QEMU is started at ";
    /** What is left for a path in {@code sockaddr_un}. */
    private static final int LONGEST_SOCKET_PATH = 107;

    private final Path directory;

    public GuestFiles(Path directory) {
        this.directory = directory;
    }

    static String socket(SerialPort port) {
        return SOCKETS + "/serial" + port.index();
    }

    static String log(SerialPort port) {
        return "serial" + port.index() + ".log";
    }

    /** The sockets that every running QEMU listens on. One that a daemon of before has started has no channel to an agent. */
    public static List<Path> sockets(Path directory) {
        List<Path> sockets = new ArrayList<>();
        sockets.add(directory.resolve(QMP));
        for (SerialPort port : SerialPort.values()) {
            sockets.add(directory.resolve(socket(port)));
        }
        return sockets;
    }

    public Path directory() {
        return directory;
    }

    public Path serialLog(SerialPort port) {
        return directory.resolve(log(port));
    }

    /** What tells the guest of itself; secrets of the guest are in it. */
    public Path seed() {
        return directory.resolve("seed.iso");
    }

    /** Lets QEMU's user read the seed, and nobody else. */
    public void giveSeed(QemuUser user) throws IOException {
        give(seed(), user, "rw-------");
    }

    /** QEMU's own words: standard output and error. */
    public Path qemuLog() {
        return directory.resolve("qemu.log");
    }

    /** Makes what is missing; what an earlier run wrote stays. */
    void prepare(QemuUser user) throws IOException {
        Path sockets = directory.resolve(SOCKETS);
        if (!Files.isDirectory(sockets)) {
            Files.createDirectory(sockets);
        }
        give(sockets, user, "rwx------");
        for (SerialPort port : SerialPort.values()) {
            Path log = serialLog(port);
            if (!Files.exists(log)) {
                Files.createFile(log);
            }
            give(log, user, "rw-------");
        }
    }

    /** What QEMU says from here on belongs to a new run. */
    void beginQemuLog() throws IOException {
        if (!Files.exists(qemuLog())) {
            Files.createFile(
                    qemuLog(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(qemuLog(), RUN_BEGINS + Instant.now() + "\n", StandardOpenOption.APPEND);
    }

    /** The last things that QEMU said in the newest run. */
    public List<String> lastWords() throws IOException {
        List<String> lines = new LogTail(qemuLog()).lastLines(20);
        int begin = lines.size();
        while (begin > 0 && !lines.get(begin - 1).startsWith(RUN_BEGINS)) {
            begin--;
        }
        return lines.subList(Math.max(begin, lines.size() - 3), lines.size());
    }

    /** A name of the socket that is short enough for the kernel, good while process {@code pid} lives. */
    Path reachable(String socket, long pid) {
        Path full = directory.resolve(socket);
        return full.toString().length() <= LONGEST_SOCKET_PATH ? full : Path.of("/proc/" + pid + "/cwd", socket);
    }

    /** Makes a file or directory the user's own. */
    public static void give(Path path, QemuUser user, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        switch (user) {
            case QemuUser.Own _ -> {}
            case QemuUser.Other other -> {
                Files.setAttribute(path, "unix:uid", other.uid());
                Files.setAttribute(path, "unix:gid", other.gid());
            }
        }
    }
}
