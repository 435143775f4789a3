package dev.yado.vmmd.inventory;

import dev.yado.kernel.ProcFs;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.store.Run;
import dev.yado.vmmd.vm.HostParts;
import dev.yado.vmmd.vm.Inspection;
import dev.yado.vmmd.vm.Vms;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Tells why a VM is as it is, from what its loop holds, its journal and its process. */
public final class Stories {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final HostParts host;
    private final Vms vms;
    private final Findings findings;

    public Stories(HostParts host, Vms vms, Findings findings) {
        this.host = host;
        this.vms = vms;
        this.findings = findings;
    }

    /** Empty for a VM that was never here. */
    public Optional<GuestStory> of(VmId id) {
        return vms.report(id).map(report -> {
            Optional<Inspection> held = inspected(id);
            VmSpec spec = held.map(inspection -> inspection.memory().spec()).orElse(null);
            CallFence newest =
                    held.map(inspection -> inspection.memory().fence()).orElse(null);
            return new GuestStory(
                    host.clock().instant(),
                    report,
                    spec,
                    newest,
                    held.map(inspection -> run(inspection.journal().run())).orElseGet(() -> withoutLoop(report)),
                    held.map(Inspection::process).map(Stories::process).orElse(null),
                    lastWords(id),
                    findings.of(id));
        });
    }

    private Optional<Inspection> inspected(VmId id) {
        try {
            return vms.inspect(id, PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static String withoutLoop(VmReport report) {
        return "It was deleted here at generation " + report.generation() + ".";
    }

    private static String run(Run run) {
        return switch (run) {
            case Run.None _ -> "It was never started here.";
            case Run.Starting starting -> "A start under run epoch " + starting.runEpoch() + " is under way.";
            case Run.Running running ->
                "It runs under run epoch " + running.runEpoch() + " since " + running.since() + ", "
                        + (running.launch().wasBroughtBack()
                                ? "brought back by the host itself"
                                : "begun as it was asked for")
                        + (running.stop() == null ? "." : ", and was asked to power off.");
            case Run.Ended ended ->
                "Its last run ended at " + ended.since() + ": " + ended.cause().code() + ", "
                        + ended.cause().detail();
            case Run.Failed failed ->
                "What generation " + failed.generation() + " wants failed at " + failed.since() + ": "
                        + failed.cause().code() + ", " + failed.cause().detail();
        };
    }

    private static String process(QemuProcess process) {
        return ProcFs.ofHost()
                .process(process.pid())
                .map(info -> "QEMU is process " + info.pid() + ", state " + info.state() + ", with "
                        + info.resident().value() + " MiB in memory and "
                        + info.cpu().toSeconds() + " s of CPU time.")
                .orElse("QEMU was process " + process.pid() + " and is gone.");
    }

    private List<String> lastWords(VmId id) {
        try {
            return new GuestFiles(host.store().directory(id)).lastWords();
        } catch (IOException e) {
            return List.of("its log cannot be read");
        }
    }
}
