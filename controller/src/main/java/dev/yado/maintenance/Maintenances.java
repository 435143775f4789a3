package dev.yado.maintenance;

import dev.yado.api.Caller;
import dev.yado.host.Fleet;
import dev.yado.operation.Operations;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Takes hosts out of service and puts them back. */
@Service
public class Maintenances {
    /** The kind of the operation, as in the API. */
    public static final String KIND = "DrainHost";

    private static final String BY = "the end of its host's maintenance";

    private final MaintenanceRows rows;
    private final DrainPlans plans;
    private final GuestMoves guestMoves;
    // The drain is one of the operations, so they are there only after it.
    private final ObjectProvider<Operations> operations;
    private final TransactionTemplate transactions;

    Maintenances(
            MaintenanceRows rows,
            DrainPlans plans,
            GuestMoves guestMoves,
            ObjectProvider<Operations> operations,
            TransactionTemplate transactions) {
        this.rows = rows;
        this.plans = plans;
        this.guestMoves = guestMoves;
        this.operations = operations;
        this.transactions = transactions;
    }

    /** @param guests each with its lot */
    public record View(Maintenance maintenance, List<Guest> guests) {}

    /** What a drain would do. @throws YadoException {@code NOT_FOUND} */
    DrainPlan plan(Caller caller, HostId host, Drain drain) {
        caller.requireAdministrator();
        return plans.of(host, drain);
    }

    /**
     * From now on nothing is placed on the host, and its guests are carried away. While that is under way it answers with the same
     * operation; after it ended, with guests still there say, it begins anew.
     *
     * @throws YadoException {@code MIGRATION_BLOCKED} naming every guest that cannot move, when that is to be refused; {@code NOT_FOUND}
     */
    public OperationId begin(Caller caller, HostId host, Drain drain) {
        caller.requireAdministrator();
        return Objects.requireNonNull(transactions.execute(_ -> {
            if (!rows.lockHost(host)) {
                throw new YadoException(ErrorCode.NOT_FOUND, "host " + host + " does not exist");
            }
            var known = rows.lock(host);
            if (known.isPresent() && known.get().state() == Maintenance.State.DRAINING) {
                return known.get().operation();
            }
            requireUnblocked(plans.of(host, drain), drain);
            OperationId operation = operations.getObject().begin(KIND, null, host.value(), drain.deadline());
            rows.begin(host, operation, drain);
            return operation;
        }));
    }

    private static void requireUnblocked(DrainPlan plan, Drain drain) {
        if (drain.whenBlocked() == Drain.WhenBlocked.REFUSE && !plan.blocked().isEmpty()) {
            throw new YadoException(
                    ErrorCode.MIGRATION_BLOCKED,
                    "of the guests of host " + plan.name() + " some cannot move: "
                            + plan.blocked().stream()
                                    .map(guest -> guest.name() + " (" + guest.why() + ")")
                                    .collect(Collectors.joining(", "))
                            + ". Decide about each, stop or leave, or have the drain wait for a decision. Nothing has begun");
        }
    }

    /** @throws YadoException {@code NOT_FOUND} for a host that is in service */
    View get(Caller caller, HostId host) {
        caller.requireAdministrator();
        return view(host);
    }

    private View view(HostId host) {
        Maintenance maintenance = rows.find(host).orElseThrow(() -> inService(host));
        return new View(maintenance, rows.guests(host));
    }

    private static YadoException inService(HostId host) {
        return new YadoException(ErrorCode.NOT_FOUND, "host " + host + " is in service, or does not exist");
    }

    /**
     * Says what becomes of guests that cannot move, or are not to.
     *
     * @throws YadoException {@code NOT_FOUND} for a host that is in service, or a VM that is not on it; {@code CONFLICT} when no drain is
     *     under way
     */
    public View decide(Caller caller, HostId host, Map<VmId, Drain.Decision> decisions) {
        caller.requireAdministrator();
        return Objects.requireNonNull(transactions.execute(_ -> {
            Maintenance maintenance = rows.lock(host).orElseThrow(() -> inService(host));
            if (maintenance.state() != Maintenance.State.DRAINING) {
                throw new YadoException(
                        ErrorCode.CONFLICT,
                        "the drain of host " + host + " has ended as " + maintenance.state()
                                + ": begin it anew with what you decide");
            }
            decisions.forEach((vm, decision) -> {
                if (!rows.decide(host, vm, decision)) {
                    throw new YadoException(ErrorCode.NOT_FOUND, "VM " + vm + " is not on host " + host);
                }
            });
            operations.getObject().wake(List.of(host.value()));
            return view(host);
        }));
    }

    /**
     * The host is in service from now on. A drain that is under way is called off: moves that can be broken off are, what has moved stays
     * where it is.
     *
     * @throws YadoException {@code NOT_FOUND} for a host that is in service
     */
    public void end(Caller caller, HostId host) {
        caller.requireAdministrator();
        transactions.executeWithoutResult(_ -> {
            Maintenance maintenance = rows.find(host).orElseThrow(() -> inService(host));
            if (maintenance.state() == Maintenance.State.DRAINING) {
                operations.getObject().cancel(maintenance.operation(), BY);
            }
            callOff(host);
        });
    }

    /** Before a turn or the end of one. */
    public void lock(HostId host) {
        rows.lock(host);
    }

    /** In the transaction of whatever calls it off. */
    public void callOff(HostId host) {
        rows.guests(host).stream()
                .filter(guest -> guest.state() == Guest.State.MOVING)
                .forEach(guestMoves::breakOff);
        rows.remove(host);
        // Who waits for room may find it here.
        operations.getObject().wakeTopic(Fleet.CAPACITY);
    }
}
