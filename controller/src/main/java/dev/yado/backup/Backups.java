package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.host.Repositories;
import dev.yado.operation.Operations;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.tenant.Quotas;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmView;
import dev.yado.vm.Vms;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What callers do with backups. Apart from {@link BackupRecords}, which flows use: this one begins operations and so needs all flows.
 */
@Service
public class Backups {
    /** The kinds of the operations. */
    public static final String TAKE = "BackupVm";

    public static final String DELETE = "DeleteBackup";

    private final BackupRows rows;
    private final BackupRecords records;
    private final Vms vms;
    private final VmRecords vmRecords;
    private final Repositories repositories;
    private final Quotas quotas;
    private final Operations operations;
    private final TransactionTemplate transactions;

    Backups(
            BackupRows rows,
            BackupRecords records,
            Vms vms,
            VmRecords vmRecords,
            Repositories repositories,
            Quotas quotas,
            Operations operations,
            TransactionTemplate transactions) {
        this.rows = rows;
        this.records = records;
        this.vms = vms;
        this.vmRecords = vmRecords;
        this.repositories = repositories;
        this.quotas = quotas;
        this.operations = operations;
        this.transactions = transactions;
    }

    /**
     * How a backup is to be taken.
     *
     * @param repository null: the only one that the VM's host has
     * @param freezeMillis how long the guest may take to make its file systems still
     * @param bandwidthMiBs null: as fast as the host can
     */
    public record Asked(
            @Nullable String repository,
            int freezeMillis,
            @Nullable Integer bandwidthMiBs) {
        public static final Asked DEFAULT = new Asked(null, 5000, null);
    }

    /** What an operation is begun with: all else is in the row. */
    record Input(VmId vm) {}

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's */
    public Backup get(Caller caller, BackupId id) {
        return rows.get(id)
                .filter(backup -> caller.sees(backup.tenant()))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no backup " + id));
    }

    /** The newest first. @param vm null for all that the caller sees */
    public Page<Backup> list(Caller caller, PageRequest request, @Nullable VmId vm) {
        List<Backup> found = rows.page(caller.tenant().orElse(null), vm, request.after(), request.rowsToRead());
        return Page.of(request, found, backup -> backup.id().value());
    }

    public OperationId take(Caller caller, VmId vm, Asked asked) {
        return take(caller, vm, asked, IfMatch.ANY, null);
    }

    /** As the schedule says. */
    OperationId take(Caller caller, VmId vm, Asked asked, ScheduleId schedule) {
        return take(caller, vm, asked, IfMatch.ANY, schedule);
    }

    /** @throws YadoException what {@link #refusal} says */
    OperationId take(Caller caller, VmId id, Asked asked, IfMatch version) {
        return take(caller, id, asked, version, null);
    }

    private OperationId take(Caller caller, VmId id, Asked asked, IfMatch version, @Nullable ScheduleId schedule) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            vms.get(caller, id);
            vmRecords.lock(id);
            VmView vm = vms.get(caller, id);
            version.check(vm.etag());
            refusal(vm, asked).ifPresent(refusal -> {
                throw refusal;
            });
            quotas.requireBackup(vm.tenant());
            Repositories.At where = where(vm, asked);
            BackupId backup = BackupId.random();
            OperationId operation = operations.begin(TAKE, vm.tenant(), backup.value(), new Input(id));
            rows.insert(made(backup, operation, vm, asked, where, schedule));
            return operation;
        }));
    }

    private static Backup made(
            BackupId id,
            OperationId operation,
            VmView vm,
            Asked asked,
            Repositories.At where,
            @Nullable ScheduleId schedule) {
        return new Backup(
                id,
                vm.tenant(),
                vm.id(),
                vm.name(),
                operation,
                where.repository().name(),
                where.repository().marker(),
                Backup.State.TAKING,
                null,
                id,
                0,
                null,
                null,
                BackedUp.of(vm),
                asked.freezeMillis(),
                asked.bandwidthMiBs(),
                null,
                null,
                null,
                null,
                schedule,
                Instant.now(),
                null);
    }

    /** The one that the operation takes. */
    BackupId begunBy(OperationId operation) {
        return new BackupId(operations.find(operation).orElseThrow().targetId());
    }

    /** Why the VM cannot be backed up now: {@code CONFLICT}, {@code INVALID_REQUEST} or {@code REPOSITORY_UNAVAILABLE}. */
    Optional<YadoException> refusal(VmView vm, Asked asked) {
        if (vm.desired() == DesiredState.DELETED) {
            return refused(ErrorCode.CONFLICT, "VM " + vm.name() + " is being deleted");
        }
        if (vm.disks().isEmpty()) {
            return refused(ErrorCode.INVALID_REQUEST, "VM " + vm.name() + " has no disk: there is nothing to back up");
        }
        if (vm.host() == null) {
            return refused(
                    ErrorCode.CONFLICT, "VM " + vm.name() + " has no host yet: there is nothing of it to back up");
        }
        Optional<Backup> open = open(vm.id());
        if (open.isPresent()) {
            return refused(
                    ErrorCode.CONFLICT,
                    "backup " + open.get().id() + " of VM " + vm.name() + " is under way: wait for operation "
                            + open.get().operation() + ", or cancel it");
        }
        try {
            where(vm, asked);
            return Optional.empty();
        } catch (YadoException none) {
            return Optional.of(none);
        }
    }

    private static Optional<YadoException> refused(ErrorCode code, String detail) {
        return Optional.of(new YadoException(code, detail));
    }

    /** The one that is being taken. */
    Optional<Backup> open(VmId vm) {
        return rows.find("vm_id = ? AND state = 'TAKING'", vm.value()).stream().findFirst();
    }

    private Repositories.At where(VmView vm, Asked asked) {
        HostId host = Objects.requireNonNull(vm.host());
        List<Repositories.At> there = repositories.of(host);
        String name = asked.repository();
        List<Repositories.At> meant = there.stream()
                .filter(each -> name == null || each.repository().name().equals(name))
                .toList();
        String all = there.stream().map(each -> each.repository().name()).collect(Collectors.joining(", "));
        if (meant.isEmpty()) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE,
                    there.isEmpty()
                            ? "the host of VM " + vm.name() + " has no repository for backups: start its daemon with"
                                    + " --repository NAME=DIR"
                            : "the host of VM " + vm.name() + " has no repository " + name + ", but " + all);
        }
        if (meant.size() > 1) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "repository: the host of VM " + vm.name() + " has several: " + all);
        }
        return meant.getFirst();
    }

    /**
     * Removes it, from the repository first. One that is being taken is broken off.
     *
     * @throws YadoException {@code IN_USE} while a VM is being made from it
     */
    public OperationId delete(Caller caller, BackupId id, IfMatch version) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            get(caller, id);
            Backup backup =
                    rows.lock(id).orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no backup " + id));
            version.check(backup.etag());
            if (backup.state() == Backup.State.DELETING
                    && operations
                            .find(backup.operation())
                            .filter(open -> !open.status().ended())
                            .isPresent()) {
                return backup.operation();
            }
            Instant until = backup.retainUntil();
            if (until != null && Instant.now().isBefore(until)) {
                throw new YadoException(
                        ErrorCode.BACKUP_RETAINED,
                        "the repository " + backup.repository() + " keeps backup " + id + " until " + until
                                + ", whoever asks");
            }
            records.inUse(backup).ifPresent(vm -> {
                throw new YadoException(
                        ErrorCode.IN_USE, "VM " + vm + " is made from backup " + id + " and may still need it");
            });
            OperationId operation = operations.begin(DELETE, backup.tenant(), id.value(), new Input(backup.vm()));
            rows.state(id, Backup.State.DELETING, operation);
            return operation;
        }));
    }
}
