package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.generated.model.Plan;
import dev.yado.network.NewNic;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.NewVm;
import dev.yado.vm.VmMaking;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes VMs from backups, by the way of any other new VM: its disks are made from the backup by the host that it is placed on. */
@Service
public class Restores {
    private final Backups backups;
    private final BackupRecords records;
    private final VmMaking making;
    private final TransactionTemplate transactions;

    Restores(Backups backups, BackupRecords records, VmMaking making, TransactionTemplate transactions) {
        this.backups = backups;
        this.records = records;
        this.making = making;
        this.transactions = transactions;
    }

    /**
     * What is to be made of it.
     *
     * @param nics null: cards in the networks that the VM had cards in, with addresses of their own
     */
    public record Asked(
            String name,
            DiskOrigin.Mode mode,
            boolean start,
            @Nullable List<NewNic> nics) {
        public Asked {
            nics = nics == null ? null : List.copyOf(nics);
        }

        /** As it was, and running. */
        public Asked(String name, DiskOrigin.Mode mode) {
            this(name, mode, true, null);
        }
    }

    Plan plan(Caller caller, BackupId id, Asked asked) {
        Backup backup = backups.get(caller, id);
        return making.plan(caller.makingFor(backup.tenant()), vm(require(backup), asked));
    }

    /**
     * Begins to make it; the operation's target is the new VM.
     *
     * @param plan token of a plan of this; null: it was not planned
     * @throws YadoException {@code CONFLICT} for a backup that is not AVAILABLE, {@code NO_HOST_FITS} when no host that can read it has
     *     room, and what any new VM may meet
     */
    public OperationId restore(Caller caller, BackupId id, Asked asked, @Nullable String plan) {
        Backup backup = backups.get(caller, id);
        NewVm vm = vm(require(backup), asked);
        Caller owner = caller.makingFor(backup.tenant());
        making.noRoom(owner, vm).ifPresent(refusal -> {
            throw refusal;
        });
        return Objects.requireNonNull(transactions.execute(_ -> {
            // Whoever deletes it meets the new VM's disks, or is met here.
            require(records.lock(id).orElseThrow(() -> gone(id)));
            return making.make(owner, vm, plan);
        }));
    }

    /** As it was, without network and in no shared pool, for an owner who is no owner of the backup's. */
    OperationId sample(Caller owner, BackupId id, String name) {
        Asked asked = new Asked(name, DiskOrigin.Mode.FULL, true, List.of());
        return Objects.requireNonNull(transactions.execute(_ -> {
            Backup backup = require(records.lock(id).orElseThrow(() -> gone(id)));
            NewVm vm = vm(backup, asked).inOwnPools();
            making.noRoom(owner, vm).ifPresent(refusal -> {
                throw refusal;
            });
            return making.makeOfAny(owner, vm);
        }));
    }

    private static Backup require(Backup backup) {
        if (backup.state() != Backup.State.AVAILABLE) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "backup " + backup.id() + " is " + backup.state() + ": a VM is made from one that is AVAILABLE");
        }
        return backup;
    }

    private static YadoException gone(BackupId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "there is no backup " + id);
    }

    private static NewVm vm(Backup backup, Asked asked) {
        BackedUp was = backup.content();
        List<NewVm.Disk> disks = was.disks().stream()
                .map(disk -> new NewVm.Disk(
                        null,
                        disk.size(),
                        disk.pool(),
                        new NewVm.Origin(
                                new DiskOrigin(backup.repository(), backup.job(), disk.id(), asked.mode()),
                                backup.marker()),
                        null))
                .toList();
        List<NewNic> nics = asked.nics() == null
                ? was.networks().stream()
                        .map(network -> new NewNic(network, null, null, List.of()))
                        .toList()
                : asked.nics();
        NewVm bare = new NewVm(
                asked.name(),
                was.vcpus(),
                was.memory(),
                disks,
                was.boot(),
                was.accelerator(),
                was.autostart(),
                asked.start(),
                List.of(),
                null);
        return nics.isEmpty() ? bare : bare.with(nics);
    }
}
