package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.SignedPlans;
import dev.yado.operation.Operations;
import dev.yado.operation.Outlines;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Moves VMs to other hosts. What is wanted of a VM does not change by it; a call that cannot be carried out is refused with all that is
 * in the way, and nothing is begun.
 */
@Service
public class VmMoves {
    private final Vms vms;
    private final VmRows rows;
    private final Moves moves;
    private final Operations operations;
    private final Outlines outlines;
    private final SignedPlans signed;
    private final TransactionTemplate transactions;

    VmMoves(
            Vms vms,
            VmRows rows,
            Moves moves,
            Operations operations,
            Outlines outlines,
            SignedPlans signed,
            TransactionTemplate transactions) {
        this.vms = vms;
        this.rows = rows;
        this.moves = moves;
        this.operations = operations;
        this.outlines = outlines;
        this.signed = signed;
        this.transactions = transactions;
    }

    /**
     * Begins to move it, or answers with the move that is open to the same host.
     *
     * @param host null: the best that there is
     * @throws YadoException {@code MIGRATION_BLOCKED} with all that is in the way; {@code CONFLICT} while another operation is open on
     *     it; {@code FORBIDDEN} for a tenant that names a host
     */
    public OperationId move(Caller caller, VmId id, @Nullable HostId host, MigrationGoal goal) {
        return move(caller, id, new VmMove(host, goal), Conditions.NONE);
    }

    OperationId move(Caller caller, VmId id, VmMove move, Conditions conditions) {
        requireMayName(caller, move);
        return Objects.requireNonNull(transactions.execute(_ -> {
            vms.row(caller, id);
            VmRow vm = rows.lock(id).orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "the VM is gone"));
            conditions.version().check(vm.etag());
            Terms plan = conditions.plan();
            if (plan != null && plan.generation() != vm.sight().generation()) {
                throw Terms.stale("it was made for generation " + plan.generation() + " of the VM, which has "
                        + vm.sight().generation() + " by now");
            }
            OperationId open = joined(vm, move);
            return open == null ? begin(vm, move, plan) : open;
        }));
    }

    private static void requireMayName(Caller caller, VmMove move) {
        if (move.host() != null) {
            caller.requireAdministrator();
        }
    }

    /** The open move that does it already. */
    private static @Nullable OperationId joined(VmRow vm, VmMove move) {
        LastOperation last = vm.sight().operation();
        return last != null
                        && last.isOpen(VmVerb.MIGRATE)
                        && (move.host() == null || move.host().equals(vm.movesTo()))
                ? last.id()
                : null;
    }

    private OperationId begin(VmRow vm, VmMove move, @Nullable Terms plan) {
        refusal(vm).ifPresent(refusal -> {
            throw plan == null ? refusal : Terms.stale(String.valueOf(refusal.getMessage()));
        });
        HostId host = plan != null && plan.host() != null ? plan.host() : move.host();
        List<YadoException> blockers = moves.prospect(vm.id(), host).blockers();
        if (!blockers.isEmpty()) {
            String all = said(blockers);
            throw plan == null ? new YadoException(ErrorCode.MIGRATION_BLOCKED, all) : Terms.stale(all);
        }
        OperationId operation =
                operations.begin(VmVerb.MIGRATE.kind(), vm.tenant(), vm.id().value(), new VmMove(host, move.goal()));
        rows.begun(vm.id(), operation);
        return operation;
    }

    private static String said(List<YadoException> blockers) {
        return blockers.stream().map(YadoException::getMessage).collect(Collectors.joining("; "));
    }

    /** What does not depend on where it is to go. */
    private static Optional<YadoException> refusal(VmRow vm) {
        if (vm.sight().desired() == DesiredState.DELETED) {
            return Optional.of(new YadoException(ErrorCode.CONFLICT, "VM " + vm.name() + " is being deleted"));
        }
        Unconfirmed unconfirmed = vm.sight().unconfirmed();
        if (unconfirmed != null) {
            return Optional.of(unconfirmed.refusal(vm.name()));
        }
        if (vm.restoring()) {
            return Optional.of(new YadoException(
                    ErrorCode.CONFLICT,
                    "VM " + vm.name()
                            + " still gets what its disks lack from a backup: it can move when all has come"));
        }
        LastOperation last = vm.sight().operation();
        if (last != null && last.isOpen(VmVerb.MIGRATE)) {
            String to = vm.movesTo() == null ? "another host" : "host " + vm.movesTo();
            return Optional.of(new YadoException(
                    ErrorCode.CONFLICT,
                    "VM " + vm.name() + " moves to " + to + " already: cancel operation " + last.id() + " first"));
        }
        return last != null && last.open()
                ? Optional.of(new YadoException(
                        ErrorCode.CONFLICT,
                        last.kind() + ", operation " + last.id() + ", is open on VM " + vm.name()
                                + ": a move would break it off"))
                : Optional.empty();
    }

    /** What the call would do: where it would go, what is in the way, and what it would be like. */
    VmPlan plan(Caller caller, VmId id, VmMove move, IfMatch version) {
        requireMayName(caller, move);
        VmRow vm = vms.row(caller, id);
        version.check(vm.etag());
        OperationId open = joined(vm, move);
        if (open != null) {
            return joins(caller, vm, move, open);
        }
        List<YadoException> blockers = new ArrayList<>();
        refusal(vm).ifPresent(blockers::add);
        Moves.Prospect prospect = moves.prospect(id, move.host());
        blockers.addAll(prospect.blockers());
        HostId to = prospect.host();
        Forecast forecast = to != null && blockers.isEmpty() ? forecast(id, to, move.goal(), blockers) : null;
        VmNeeds needs = vms.needs(vm);
        return new VmPlan(
                VmVerb.MIGRATE,
                VmPlan.Effect.BEGINS,
                "moves " + vm.name() + ", which is "
                        + DerivedState.of(vm.sight()).state(),
                null,
                steps(vm),
                to == null ? null : new VmPlan.Place(to, prospect.hostName(), needs),
                null,
                prospect.verdicts(),
                blockers,
                forecast,
                blockers.isEmpty() ? sign(caller, vm, move, to) : null);
    }

    private VmPlan joins(Caller caller, VmRow vm, VmMove move, OperationId open) {
        return new VmPlan(
                VmVerb.MIGRATE,
                VmPlan.Effect.JOINS,
                "the open operation " + open + " does it already",
                open,
                List.of(),
                null,
                null,
                List.of(),
                List.of(),
                null,
                sign(caller, vm, move, null));
    }

    private @Nullable Forecast forecast(VmId id, HostId to, MigrationGoal goal, List<YadoException> blockers) {
        try {
            return moves.forecast(id, to, goal);
        } catch (YadoException e) {
            blockers.add(e);
            return null;
        }
    }

    private List<Outlines.Line> steps(VmRow vm) {
        return outlines.of(VmVerb.MIGRATE.kind()).stream()
                .filter(step -> vm.nics() > 0 || !step.name().equals(VmPlans.OF_CARDS))
                .toList();
    }

    private SignedPlans.Signed sign(Caller caller, VmRow vm, VmMove move, @Nullable HostId to) {
        return signed.sign(caller, new Terms(words(vm.id(), move), vm.sight().generation(), to).text());
    }

    Conditions conditions(Caller caller, VmId id, VmMove move, @Nullable String plan, @Nullable String ifMatch) {
        return new Conditions(
                new IfMatch(ifMatch), plan == null ? null : Terms.parse(signed.open(caller, plan), words(id, move)));
    }

    private static String words(VmId id, VmMove move) {
        return Terms.digest(id + " " + move);
    }
}
