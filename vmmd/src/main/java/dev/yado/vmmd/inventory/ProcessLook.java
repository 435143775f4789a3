package dev.yado.vmmd.inventory;

import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessInfo;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.vmmd.inventory.Findings.Sight;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.vm.Inspection;
import dev.yado.vmmd.vm.Vms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * QEMU processes that no VM of this daemon accounts for. What runs in the state directory of another daemon that lives is that
 * one's; everything else is told, and never touched.
 */
final class ProcessLook {
    /** Whoever asks a QEMU for its version is gone by then, and a guest that is being started is known. */
    private static final Duration TOO_YOUNG = Duration.ofSeconds(5);

    private static final double TICKS_PER_SECOND = 100;

    private final Path root;
    private final Vms vms;

    /** @param root of the state directory, without symbolic links */
    ProcessLook(Path root, Vms vms) {
        this.root = root;
        this.vms = vms;
    }

    List<Sight> look(Map<VmId, Inspection> held) throws IOException {
        Set<Long> owned = held.values().stream()
                .map(Inspection::process)
                .filter(process -> process != null)
                .map(QemuProcess::pid)
                .collect(Collectors.toSet());
        double uptime = ProcFs.ofHost().uptimeSeconds();
        List<Sight> sights = new ArrayList<>();
        for (ProcessInfo process : QemuLauncher.everywhere()) {
            double age = uptime - process.startTicks() / TICKS_PER_SECOND;
            if (!owned.contains(process.pid()) && age >= TOO_YOUNG.toSeconds()) {
                judge(process, held).ifPresent(sights::add);
            }
        }
        return sights;
    }

    private Optional<Sight> judge(ProcessInfo process, Map<VmId, Inspection> held) {
        Optional<VmId> id = QemuLauncher.vmOf(process);
        Path directory = process.workingDirectory();
        boolean inside = directory != null && directory.startsWith(root);
        Optional<String> elsewhere = inside || directory == null ? Optional.empty() : stateDirectory(directory, id);
        if (elsewhere.isPresent() && lives(Path.of(elsewhere.get()))) {
            return Optional.empty();
        }
        if (id.isPresent() && vms.owns(id.get())) {
            Inspection inspection = held.get(id.get());
            boolean comingOrGoing = inspection == null || inspection.busy();
            return comingOrGoing && inside
                    ? Optional.empty()
                    : Optional.of(sight(
                            DriftKind.SECOND_PROCESS, id.get(), process, "the one process that the daemon began"));
        }
        if (inside || process.commandLine().stream().anyMatch(word -> word.contains(root + "/"))) {
            return Optional.of(sight(DriftKind.PROCESS_WITHOUT_RECORD, id.orElse(null), process, "a record of its VM"));
        }
        String wanted = elsewhere
                .map(state -> "a daemon on " + state + ", which does not run")
                .orElse("a VM that accounts for it");
        return Optional.of(sight(DriftKind.FOREIGN_PROCESS, null, process, wanted));
    }

    /** Of its arguments only those are told that name it: others may hold secrets. */
    private static Sight sight(DriftKind kind, @Nullable VmId vm, ProcessInfo process, String wanted) {
        List<String> words = process.commandLine();
        int name = words.indexOf("-name");
        String real = words.getFirst()
                + QemuLauncher.vmOf(process).map(id -> " -uuid " + id).orElse("")
                + (name >= 0 && name + 1 < words.size() ? " -name " + words.get(name + 1) : "")
                + (process.workingDirectory() == null ? "" : " in " + process.workingDirectory());
        return new Sight(kind, vm, "process " + process.pid() + " of start tick " + process.startTicks(), wanted, real);
    }

    /** {@code DIR} when the process works in {@code DIR/vms/ID}, says that it is ID, and DIR is a daemon's. */
    private Optional<String> stateDirectory(Path directory, Optional<VmId> id) {
        Path above = directory.getParent();
        Path state = above == null || !above.endsWith("vms") ? null : above.getParent();
        if (state == null || id.filter(vm -> directory.endsWith(vm.toString())).isEmpty()) {
            return Optional.empty();
        }
        return Files.exists(state.resolve("host-id")) && sameOwner(state.resolve("lock"))
                ? Optional.of(state.toString())
                : Optional.empty();
    }

    /** Nobody else than who runs daemons here can make one up. */
    private boolean sameOwner(Path lock) {
        try {
            return Files.getOwner(lock, LinkOption.NOFOLLOW_LINKS)
                    .equals(Files.getOwner(root.resolve("lock"), LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean lives(Path state) {
        try {
            long pid = Long.parseLong(Files.readString(state.resolve("lock")).strip());
            return ProcFs.ofHost()
                    .process(pid)
                    .filter(daemon -> !daemon.zombie())
                    .isPresent();
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }
}
