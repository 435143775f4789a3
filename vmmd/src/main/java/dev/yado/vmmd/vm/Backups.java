package dev.yado.vmmd.vm;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import java.time.Duration;
import java.util.Optional;

/** The backups of this host's VMs. */
public final class Backups implements BackupAgent {
    /** A small backup is over by then: whoever has begun it need not ask again. */
    private static final Duration SMALL = Duration.ofMillis(500);

    private final Vms vms;

    public Backups(Vms vms) {
        this.vms = vms;
    }

    @Override
    public BackupAnswer putBackup(CallFence fence, VmId vm, BackupJob job) {
        return vms.ask(
                vm, reply -> new VmEvent.PutBackup(fence, job, reply), SMALL, () -> Optional.of(backup(vm, job.id())));
    }

    @Override
    public BackupAnswer backup(VmId vm, BackupId backup) {
        return vms.ask(vm, reply -> new VmEvent.AskBackup(backup, reply), Optional::empty);
    }

    @Override
    public BackupAnswer cancelBackup(CallFence fence, VmId vm, BackupId backup) {
        return vms.ask(vm, reply -> new VmEvent.CancelBackup(fence, backup, reply), Optional::empty);
    }
}
