package dev.yado.migration;

import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.vm.VmRecords;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** What is known of moves. */
@Service
public class Migrations {
    private static final int PRUNED_AT_ONCE = 1000;

    private final MigrationRows rows;
    private final MigrationSettings settings;

    Migrations(MigrationRows rows, MigrationSettings settings) {
        this.rows = rows;
        this.settings = settings;
    }

    /** What an operation is to move where. */
    public record Plan(OperationId operation, VmId vm, HostId from, HostId to, boolean live, MigrationGoal goal) {}

    /** In the transaction that claims room at the destination under the id. */
    public Migration begin(MigrationId id, Plan plan, VmRecords.Passage passage) {
        Migration made = new Migration(
                id,
                plan.vm(),
                plan.operation(),
                plan.from(),
                plan.to(),
                plan.live(),
                passage.generation(),
                passage.runEpoch(),
                plan.goal(),
                null,
                null,
                null,
                Migration.State.OPEN,
                null,
                null,
                Instant.now(),
                null);
        rows.insert(made);
        return made;
    }

    /** The last move of the VM, under way or not. */
    public Optional<Migration> newest(VmId vm) {
        return rows.find("vm_id = ? ORDER BY id DESC LIMIT 1", vm.value()).stream()
                .findFirst();
    }

    /** The move that the operation has begun; empty when it has begun none. */
    public Optional<Migration> of(OperationId operation) {
        return rows.find("operation_id = ?", operation.value()).stream().findFirst();
    }

    /** The move of which it is not decided yet whose the VM is by it. */
    public Optional<Migration> undecided(VmId vm) {
        return rows.find("vm_id = ? AND state = 'OPEN'", vm.value()).stream().findFirst();
    }

    /** All of the VM of which something is left to do, the oldest first. */
    public List<Migration> unfinished(VmId vm) {
        return rows.find("vm_id = ? AND state <> 'ENDED' ORDER BY began_at", vm.value());
    }

    /** Those that no open operation carries to their end, the oldest first. */
    public List<Migration> abandoned() {
        return rows.find("""
                state <> 'ENDED' AND NOT EXISTS (
                    SELECT FROM operation o WHERE o.id = migration.operation_id AND o.ended_at IS NULL)
                ORDER BY began_at
                """);
    }

    /** Those of which the source has said that only the destination knows. */
    public List<Migration> inDoubt() {
        return rows.find("state = 'OPEN' AND departure ->> 'phase' = 'IN_DOUBT'");
    }

    public void said(MigrationId id, ArrivalAnswer answer) {
        rows.said(id, answer);
    }

    public void said(MigrationId id, DepartureAnswer answer) {
        rows.said(id, answer);
    }

    /** Why it is not going to arrive; the first reason counts. */
    public void because(MigrationId id, String reason) {
        rows.because(id, reason);
    }

    /** For the next move of the VM to that host, if it comes soon. */
    public void keep(VmId vm, HostId to, Forecast forecast) {
        rows.forecast(vm, to, forecast);
    }

    /** How fast the last move between the two hosts copied; empty when none is known. */
    public Optional<Long> lastBytesPerSecond(HostId from, HostId to) {
        return rows.find("""
                        from_host = ? AND to_host = ? AND arrived AND departure -> 'result' IS NOT NULL
                        ORDER BY began_at DESC LIMIT 1
                        """, from.value(), to.value()).stream()
                .map(Migration::departure)
                .filter(said ->
                        said != null && said.result() != null && said.result().totalMs() > 0)
                .map(said -> said.result().copiedBytes() * 1000 / said.result().totalMs())
                .filter(speed -> speed > 0)
                .findFirst();
    }

    /** Removes those of which nothing was left to do long ago. Safe at any time, in every replica. @return how many are gone */
    public int prune() {
        int all = 0;
        int some;
        do {
            some = rows.prune(settings.keep(), PRUNED_AT_ONCE);
            all += some;
        } while (some == PRUNED_AT_ONCE);
        return all;
    }

    /** The newest first. */
    Page<Migration> page(VmId vm, PageRequest request) {
        List<Migration> found = request.after() == null
                ? rows.find("vm_id = ? ORDER BY id DESC LIMIT ?", vm.value(), request.rowsToRead())
                : rows.find(
                        "vm_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                        vm.value(),
                        request.after(),
                        request.rowsToRead());
        return Page.of(request, found, migration -> migration.id().value());
    }
}
