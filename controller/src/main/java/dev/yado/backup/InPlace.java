package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.SignedPlans;
import dev.yado.api.generated.model.Plan;
import dev.yado.host.Repositories;
import dev.yado.operation.Outlines;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import dev.yado.snapshot.Snapshot;
import dev.yado.snapshot.Snapshots;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Gives the disks of a VM what a backup of it has. What they had is kept as a snapshot, so that it can be undone. */
@Service
public class InPlace {
    private final Backups backups;
    private final BackupRecords records;
    private final Snapshots snapshots;
    private final Vms vms;
    private final Repositories repositories;
    private final Outlines outlines;
    private final SignedPlans signed;
    private final TransactionTemplate transactions;

    InPlace(
            Backups backups,
            BackupRecords records,
            Snapshots snapshots,
            Vms vms,
            Repositories repositories,
            Outlines outlines,
            SignedPlans signed,
            TransactionTemplate transactions) {
        this.backups = backups;
        this.records = records;
        this.snapshots = snapshots;
        this.vms = vms;
        this.repositories = repositories;
        this.outlines = outlines;
        this.signed = signed;
        this.transactions = transactions;
    }

    /**
     * @param name of the snapshot; null: after its id
     * @param disks null: all that the backup has
     */
    public record Asked(@Nullable String name, @Nullable List<DiskId> disks) {}

    /** What is to be done, as far as it can be known. */
    private record Way(VmView vm, Snapshots.Asked asked, Snapshot.Restored from) {}

    public OperationId restore(Caller caller, BackupId id, Asked asked, @Nullable String plan) {
        if (plan != null && !signed.open(caller, plan).equals(words(id, asked))) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "the plan in X-Yado-Plan is that of another call, or of another body");
        }
        try {
            return Objects.requireNonNull(transactions.execute(_ -> {
                // Whoever deletes it meets the operation, or is met here.
                records.lock(id);
                Way way = way(caller, id, asked);
                return snapshots.restore(caller, way.vm().id(), way.asked(), way.from());
            }));
        } catch (YadoException refused) {
            if (plan == null) {
                throw refused;
            }
            throw new YadoException(ErrorCode.PLAN_STALE, "the plan no longer holds: " + refused.getMessage(), refused);
        }
    }

    Plan plan(Caller caller, BackupId id, Asked asked) {
        Backup backup = backups.get(caller, id);
        List<YadoException> blockers = refusal(caller, id, asked).stream().toList();
        Plan plan = new Plan(
                Snapshots.RESTORE,
                Plan.EffectEnum.BEGINS,
                "gives the disks of " + backup.vmName() + " what they had in backup " + id
                        + "; what they have now is kept as a snapshot",
                PlanJson.steps(outlines.of(Snapshots.RESTORE)),
                List.of(),
                PlanJson.blockers(blockers));
        return blockers.isEmpty() ? PlanJson.withToken(plan, signed.sign(caller, words(id, asked))) : plan;
    }

    private Optional<YadoException> refusal(Caller caller, BackupId id, Asked asked) {
        try {
            Way way = way(caller, id, asked);
            return snapshots.restoreRefusal(way.vm(), way.asked());
        } catch (YadoException refused) {
            return Optional.of(refused);
        }
    }

    private Way way(Caller caller, BackupId id, Asked asked) {
        Backup backup = backups.get(caller, id);
        if (backup.state() != Backup.State.AVAILABLE) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "backup " + id + " is " + backup.state() + ": only one that is AVAILABLE is restored");
        }
        VmView vm = vms.get(caller, backup.vm());
        List<DiskId> there = backup.content().disks().stream()
                .map(BackedUp.Disk::id)
                .filter(disk -> vm.disks().stream().anyMatch(has -> has.id().equals(disk)))
                .toList();
        List<DiskId> wanted = asked.disks() == null ? there : asked.disks();
        if (!there.containsAll(wanted)) {
            throw new YadoException(
                    ErrorCode.NOT_FOUND, "disks: VM " + vm.name() + " and its backup do not both have all of them");
        }
        return new Way(vm, new Snapshots.Asked(asked.name(), wanted), from(backup, vm));
    }

    private Snapshot.Restored from(Backup backup, VmView vm) {
        HostId host = vm.host();
        return (host == null ? List.<Repositories.At>of() : repositories.of(host))
                .stream()
                        .filter(at -> at.repository().marker().equals(backup.marker()))
                        .findFirst()
                        .map(at -> new Snapshot.Restored(at.repository().name(), backup.marker(), backup.job()))
                        .orElseThrow(() -> new YadoException(
                                ErrorCode.REPOSITORY_UNAVAILABLE,
                                "the host of VM " + vm.name() + " does not have the repository of backup " + backup.id()
                                        + ": restore it as a new VM"));
    }

    private static String words(BackupId id, Asked asked) {
        return "in place " + id + " " + asked;
    }
}
