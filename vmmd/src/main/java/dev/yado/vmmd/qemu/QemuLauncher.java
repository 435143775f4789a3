package dev.yado.vmmd.qemu;

import dev.yado.kernel.Inheritable;
import dev.yado.kernel.PidFd;
import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessGoneException;
import dev.yado.kernel.ProcessIdentity;
import dev.yado.kernel.ProcessInfo;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.kernel.Program;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts QEMU processes and takes back those that an earlier daemon started. */
public final class QemuLauncher {
    private static final int SIGCONT = 18;
    private static final String STORAGE_DAEMON = "qemu-storage-daemon";

    private final QemuBinary binary;
    private final QemuUser user;

    private final ProcessWatcher watcher;

    public QemuLauncher(QemuBinary binary, QemuUser user, ProcessWatcher watcher) {
        this.binary = binary;
        this.user = user;
        this.watcher = watcher;
    }

    public QemuBinary binary() {
        return binary;
    }

    public QemuUser user() {
        return user;
    }

    /**
     * Starts QEMU in a session of its own, in the VM's directory, tied to the daemon by nothing. It comes up held.
     *
     * @param given what it has as descriptors 3, 4, ...; the caller closes its own
     * @throws IOException when it cannot be executed
     */
    public QemuProcess start(GuestMachine machine, GuestFiles files, List<Inheritable> given) throws IOException {
        files.prepare(user);
        files.beginQemuLog();
        List<String> command = new ArrayList<>(user.prefix());
        command.add(binary.path().toString());
        command.addAll(QemuCommandLine.of(machine));
        Program program = new Program(command, files.directory(), files.qemuLog(), given);
        return QemuProcess.of(program.start(watcher), files);
    }

    /**
     * Starts QEMU's storage daemon on drives, which runs no guest. In everything else it is as {@link #start}; what is asked of it
     * goes over the same socket.
     *
     * @param drives by their place among the VM's
     */
    public QemuProcess startStorage(Map<Integer, GuestMachine.Drive> drives, GuestFiles files) throws IOException {
        files.prepare(user);
        files.beginQemuLog();
        List<String> command = new ArrayList<>(user.prefix());
        command.add(STORAGE_DAEMON);
        command.addAll(List.of("--chardev", "socket,id=qmp,path=" + GuestFiles.QMP + ",server=on,wait=off"));
        command.addAll(List.of("--monitor", "chardev=qmp"));
        drives.forEach((index, drive) -> command.addAll(List.of("--blockdev", QemuCommandLine.node(index, drive))));
        Program program = new Program(command, files.directory(), files.qemuLog(), List.of());
        return QemuProcess.of(program.start(watcher), files);
    }

    /**
     * The storage daemons of a state directory, whoever started them.
     *
     * @param vms the directory that holds the VMs' directories, without symbolic links
     */
    public static Map<VmId, ProcessInfo> scanStorage(Path vms) throws IOException {
        Map<VmId, ProcessInfo> found = new HashMap<>();
        for (ProcessInfo process : ProcFs.ofHost().scan(QemuLauncher::isStorage)) {
            Path directory = process.workingDirectory();
            if (directory != null && vms.equals(directory.getParent()) && !process.zombie()) {
                try {
                    found.put(VmId.of(directory.getFileName().toString()), process);
                } catch (IllegalArgumentException e) {
                    // Works elsewhere.
                }
            }
        }
        return found;
    }

    private static boolean isStorage(List<String> words) {
        return !words.isEmpty() && words.getFirst().endsWith(STORAGE_DAEMON);
    }

    /** Takes back a process that an earlier daemon started; empty when it has ended in the meantime. */
    public Optional<QemuProcess> adopt(ProcessInfo found, GuestFiles files) throws IOException {
        ProcFs proc = ProcFs.ofHost();
        try {
            ProcessIdentity identity = new ProcessIdentity(found.pid(), found.startTicks(), proc.bootId());
            return Optional.of(QemuProcess.of(watcher.open(identity), files));
        } catch (ProcessGoneException e) {
            return Optional.empty();
        }
    }

    /**
     * The QEMU processes of a state directory, whoever started them: those that carry a VM's id as {@code -uuid} and whose working
     * directory is that VM's.
     *
     * @param vms the directory that holds the VMs' directories, without symbolic links
     */
    public static Map<VmId, ProcessInfo> scan(Path vms) throws IOException {
        Map<VmId, ProcessInfo> found = new HashMap<>();
        for (ProcessInfo process : ProcFs.ofHost().scan(words -> uuid(words).isPresent())) {
            Path directory = process.workingDirectory();
            uuid(process.commandLine())
                    .filter(id -> vms.resolve(id.toString()).equals(directory) && !process.zombie())
                    .ifPresent(id -> found.put(id, process));
        }
        return found;
    }

    /** All QEMU processes of the machine, whoever started them. */
    public static List<ProcessInfo> everywhere() throws IOException {
        return ProcFs.ofHost().scan(words -> !words.isEmpty() && isQemu(words.getFirst())).stream()
                .filter(process -> !process.zombie())
                .toList();
    }

    private static boolean isQemu(String program) {
        String name = program.substring(program.lastIndexOf('/') + 1);
        return name.startsWith("qemu-system") || name.equals("qemu-kvm") || name.equals("kvm");
    }

    /**
     * Lets a halted process go on: exactly this one, also when its id has been given away.
     *
     * @return false when it has ended
     */
    public boolean letGoOn(ProcessInfo process) throws IOException {
        ProcessIdentity identity = new ProcessIdentity(
                process.pid(), process.startTicks(), ProcFs.ofHost().bootId());
        try (PidFd hold = watcher.open(identity)) {
            return hold.signal(SIGCONT);
        } catch (ProcessGoneException e) {
            return false;
        }
    }

    /** The VM that a process says to be, by its option {@code -uuid}. */
    public static Optional<VmId> vmOf(ProcessInfo process) {
        return uuid(process.commandLine());
    }

    private static Optional<VmId> uuid(List<String> words) {
        int option = words.indexOf("-uuid");
        if (option < 0 || option + 1 >= words.size()) {
            return Optional.empty();
        }
        try {
            return Optional.of(VmId.of(words.get(option + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
