package dev.yado.vmmd.inventory;

import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessInfo;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.vmmd.inventory.Findings.Sight;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.vm.GuestCgroups;
import dev.yado.vmmd.vm.Inspection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The process of a VM: does it run, does it answer, are its sockets and its control group there. */
final class GuestLook {
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final QemuLauncher qemu;
    private final GuestCgroups cgroups;
    private final Findings findings;
    /** Nothing could be asked of their processes at the last look. */
    private final Set<VmId> silentBefore = new HashSet<>();

    GuestLook(QemuLauncher qemu, GuestCgroups cgroups, Findings findings) {
        this.qemu = qemu;
        this.cgroups = cgroups;
        this.findings = findings;
    }

    /** Heals what can be healed at once; the rest is returned. */
    List<Sight> look(VmId id, Path directory, Inspection inspection) throws IOException, InterruptedException {
        QemuProcess process = inspection.process();
        if (process == null || inspection.busy() || !process.alive()) {
            silentBefore.remove(id);
            return List.of();
        }
        List<Sight> sights = new ArrayList<>();
        Optional<ProcessInfo> info = ProcFs.ofHost().process(process.pid());
        boolean halted =
                info.map(ProcessInfo::state).filter(state -> state == 'T').isPresent();
        if (halted) {
            letGoOn(id, info.get()).ifPresent(sights::add);
        } else {
            deafness(id, process, inspection.answer()).ifPresent(sights::add);
        }
        for (Path socket : GuestFiles.sockets(directory)) {
            if (!Files.exists(socket)) {
                sights.add(new Sight(
                        DriftKind.SOCKET_MISSING,
                        id,
                        "vms/" + id + "/sock/" + socket.getFileName(),
                        "a socket of process " + process.pid(),
                        "it is gone"));
            }
        }
        VmSpec spec = inspection.memory().spec();
        if (spec != null && cgroups.encloseAgain(id, process.pid(), spec.shape().vcpus())) {
            findings.healed(new Sight(
                    DriftKind.CGROUP_LEFT,
                    id,
                    "process " + process.pid(),
                    "in the control group of its VM",
                    "outside of it"));
        }
        return sights;
    }

    private Optional<Sight> letGoOn(VmId id, ProcessInfo halted) throws IOException {
        Sight sight = new Sight(
                DriftKind.GUEST_HALTED, id, "process " + halted.pid(), "it runs", "it was halted by a signal");
        if (qemu.letGoOn(halted)) {
            findings.healed(sight);
            return Optional.empty();
        }
        return Optional.of(sight);
    }

    private Optional<Sight> deafness(VmId id, QemuProcess process, @Nullable CompletableFuture<RunStatus> answer)
            throws InterruptedException {
        String real;
        try {
            if (answer != null) {
                silentBefore.remove(id);
                answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
                return Optional.empty();
            }
            // Just taken back: the conversation is being opened.
            if (silentBefore.add(id)) {
                return Optional.empty();
            }
            real = "there is no conversation with it";
        } catch (TimeoutException e) {
            real = "it did not answer within " + ANSWER.toSeconds() + " s";
        } catch (ExecutionException | CancellationException e) {
            // It ended or the conversation did: the next look tells.
            return Optional.empty();
        }
        return process.alive()
                ? Optional.of(
                        new Sight(DriftKind.GUEST_UNRESPONSIVE, id, "process " + process.pid(), "QEMU answers", real))
                : Optional.empty();
    }
}
