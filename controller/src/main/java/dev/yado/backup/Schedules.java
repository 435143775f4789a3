package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.Vms;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** What callers do with schedules. */
@Service
public class Schedules {
    private final ScheduleRows rows;
    private final Vms vms;
    private final TransactionTemplate transactions;

    Schedules(ScheduleRows rows, Vms vms, TransactionTemplate transactions) {
        this.rows = rows;
        this.vms = vms;
        this.transactions = transactions;
    }

    /** @throws YadoException {@code NAME_TAKEN}, {@code INVALID_REQUEST}, {@code NOT_FOUND} for a VM that is not there */
    Schedule create(Caller caller, Schedule.Wanted wanted) {
        TenantId tenant = caller.requireTenant();
        check(caller, wanted);
        ScheduleId id = ScheduleId.random();
        return Objects.requireNonNull(transactions.execute(_ -> {
            if (!rows.insert(id, tenant, wanted)) {
                throw nameTaken(wanted);
            }
            return get(caller, id);
        }));
    }

    private void check(Caller caller, Schedule.Wanted wanted) {
        Objects.requireNonNull(wanted.spread());
        if (wanted.selector() instanceof Selector.These(var meant)) {
            meant.forEach(vm -> vms.get(caller, vm));
        }
    }

    private static YadoException nameTaken(Schedule.Wanted wanted) {
        return new YadoException(
                ErrorCode.NAME_TAKEN, "the name " + wanted.name() + " is taken by another schedule of backups");
    }

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's */
    public Schedule get(Caller caller, ScheduleId id) {
        return rows.get(id)
                .filter(schedule -> caller.sees(schedule.tenant()))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no schedule of backups " + id));
    }

    Page<Schedule> list(Caller caller, PageRequest request) {
        TenantId tenant = caller.tenant().orElse(null);
        List<Schedule> found = rows.find(
                "(?::uuid IS NULL OR tenant_id = ?::uuid) AND (?::uuid IS NULL OR id > ?::uuid) ORDER BY id LIMIT ?",
                tenant == null ? null : tenant.value(),
                tenant == null ? null : tenant.value(),
                request.after(),
                request.after(),
                request.rowsToRead());
        return Page.of(request, found, schedule -> schedule.id().value());
    }

    /** Changes all of it. When it is due otherwise than before, or goes on after a pause, turns from now on count. */
    Schedule replace(Caller caller, ScheduleId id, Schedule.Wanted wanted, IfMatch version) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            Schedule before = locked(caller, id, version);
            check(new Caller.Tenant(before.tenant()), wanted);
            if (rows.named(before.tenant(), wanted.name(), id)) {
                throw nameTaken(wanted);
            }
            Schedule.Wanted was = before.wanted();
            boolean anew = !was.cron().equals(wanted.cron())
                    || !was.timeZone().equals(wanted.timeZone())
                    || was.paused() && !wanted.paused();
            rows.update(id, wanted, anew);
            return get(caller, id);
        }));
    }

    /** Its backups stay, and are kept until they are deleted. */
    void delete(Caller caller, ScheduleId id, IfMatch version) {
        transactions.executeWithoutResult(_ -> {
            locked(caller, id, version);
            rows.delete(id);
        });
    }

    private Schedule locked(Caller caller, ScheduleId id, IfMatch version) {
        rows.lock(id);
        Schedule schedule = get(caller, id);
        version.check(schedule.etag());
        return schedule;
    }
}
