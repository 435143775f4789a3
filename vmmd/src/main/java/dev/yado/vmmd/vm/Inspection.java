package dev.yado.vmmd.vm;

import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.store.Journal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A VM as its loop holds it at one moment.
 *
 * @param process the one that it owns
 * @param busy something is under way, so that files and processes come and go
 * @param changedDisks how often a disk's file was changed for another one, as snapshots do
 * @param restored its records that were not as it wrote them, and are again
 * @param answer QEMU's, to a question asked now; null when nothing could be asked
 */
public record Inspection(
        RequestPolicy.Memory memory,
        Journal journal,
        VmReport report,
        @Nullable QemuProcess process,
        boolean busy,
        long changedDisks,
        List<DriftFinding> restored,
        @Nullable CompletableFuture<RunStatus> answer) {
    public Inspection {
        restored = List.copyOf(restored);
    }
}
