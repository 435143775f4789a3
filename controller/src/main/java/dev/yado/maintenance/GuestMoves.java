package dev.yado.maintenance;

import dev.yado.api.Caller;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.Operations;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vm.VmMoves;
import dev.yado.vm.Vms;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What is done with one guest: begins moves and stops, and sees what has become of them. Always in the transaction of a turn. */
@Component
class GuestMoves {
    private static final Logger LOG = LoggerFactory.getLogger(GuestMoves.class);
    private static final String BY = "the drain of its host";
    private static final Caller ADMINISTRATOR = new Caller.Administrator(null);
    private static final StopPolicy GRACEFUL = new StopPolicy(StopPolicy.Mode.GRACEFUL, 60);
    /** Until whatever else is done with the VM has ended. */
    private static final Duration OTHERS_FIRST = Duration.ofSeconds(2);

    private final MaintenanceRows rows;
    // Of these three operations are made, of which the drain is one: they are there only after it.
    private final ObjectProvider<VmMoves> moves;
    private final ObjectProvider<Vms> vms;
    private final ObjectProvider<Operations> operations;
    private final MaintenanceSettings settings;
    private final TransactionTemplate nested;

    GuestMoves(
            MaintenanceRows rows,
            ObjectProvider<VmMoves> moves,
            ObjectProvider<Vms> vms,
            ObjectProvider<Operations> operations,
            MaintenanceSettings settings,
            PlatformTransactionManager manager) {
        this.rows = rows;
        this.moves = moves;
        this.vms = vms;
        this.operations = operations;
        this.settings = settings;
        this.nested = new TransactionTemplate(manager);
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
    }

    /** Writes down what has become of it since the turn before. */
    void see(Maintenance maintenance, Guest guest) {
        HostId host = maintenance.host();
        if (guest.placedOn() == null) {
            rows.set(host, guest.vm(), Guest.State.GONE, null);
        } else if (!guest.placedOn().equals(host)) {
            rows.set(host, guest.vm(), Guest.State.MOVED, null);
        } else {
            switch (guest.state()) {
                case MOVING -> seeMove(maintenance, guest);
                case STOPPING -> seeStop(host, guest);
                case STOPPED -> {
                    if (guest.desired() != DesiredState.STOPPED) {
                        rows.later(host, guest.vm(), Guest.State.WAITING, "it was started again", Duration.ZERO);
                    }
                }
                case WAITING, BLOCKED, LEFT, MOVED, GONE -> {}
            }
        }
    }

    private void seeMove(Maintenance maintenance, Guest guest) {
        HostId host = maintenance.host();
        Guest.Carrying move = guest.operation();
        if (move != null && !move.ended()) {
            rows.set(host, guest.vm(), Guest.State.MOVING, move.waitReason());
            if (guest.towardsSilence()) {
                breakOff(guest);
            }
            return;
        }
        rows.failed(host, guest.vm());
        String why = "its move did not come about: " + why(move);
        boolean asked = move != null
                && move.cancelledBy() != null
                && !move.cancelledBy().equals(BY);
        LOG.info("drain of host {}: VM {}: {}", host, guest.vm(), why);
        if (asked || guest.attempts() >= settings.attempts()) {
            rows.exhaust(host, guest.vm(), settings.attempts());
            blocked(maintenance, guest, why);
        } else {
            rows.later(host, guest.vm(), Guest.State.WAITING, why, pause(guest.attempts()));
        }
    }

    private Duration pause(int attempts) {
        return settings.retry().multipliedBy(attempts).dividedBy(settings.attempts());
    }

    private void seeStop(HostId host, Guest guest) {
        Guest.Carrying stop = guest.operation();
        if (stop == null || stop.ended()) {
            boolean stopped = guest.desired() == DesiredState.STOPPED
                    && (stop == null || stop.status() == OperationStatus.SUCCEEDED);
            rows.later(
                    host,
                    guest.vm(),
                    stopped ? Guest.State.STOPPED : Guest.State.BLOCKED,
                    stopped ? null : "it could not be stopped: " + why(stop),
                    settings.retry());
        }
    }

    private static String why(Guest.@Nullable Carrying operation) {
        return operation == null || operation.error() == null ? "nobody says why" : operation.error();
    }

    /** @return whether it has begun */
    boolean begin(Maintenance maintenance, Guest guest, HostId to) {
        MigrationGoal asked = maintenance.goal();
        long left = Math.max(1, maintenance.left().toSeconds());
        MigrationGoal goal = new MigrationGoal(
                asked.maxDowntimeMs(),
                (int) Math.min(asked.deadlineSeconds(), left),
                asked.mayThrottle(),
                asked.mayPostCopy(),
                asked.bandwidthMiBs());
        return carry(
                maintenance,
                guest,
                Guest.State.MOVING,
                () -> moves.getObject().move(ADMINISTRATOR, guest.vm(), to, goal));
    }

    void asDecided(Maintenance maintenance, Guest guest) {
        Drain.Decision decision = guest.decision();
        if (decision == null) {
            throw new IllegalStateException("nothing is decided about " + guest.vm());
        }
        carryOut(maintenance, guest, decision);
    }

    private void carryOut(Maintenance maintenance, Guest guest, Drain.Decision decision) {
        switch (decision) {
            case LEAVE -> rows.set(maintenance.host(), guest.vm(), Guest.State.LEFT, null);
            case STOP -> {
                if (guest.due() && (guest.decision() == null || guest.attempts() < settings.attempts())) {
                    carry(
                            maintenance,
                            guest,
                            Guest.State.STOPPING,
                            () -> vms.getObject().stop(ADMINISTRATOR, guest.vm(), GRACEFUL));
                }
            }
        }
    }

    /** It cannot move at present. */
    void blocked(Maintenance maintenance, Guest guest, String why) {
        rows.later(maintenance.host(), guest.vm(), Guest.State.BLOCKED, why, settings.retry());
        switch (maintenance.whenBlocked()) {
            case REFUSE, WAIT -> {}
            case STOP -> carryOut(maintenance, guest, Drain.Decision.STOP);
            case LEAVE -> rows.set(maintenance.host(), guest.vm(), Guest.State.LEFT, why);
        }
    }

    private boolean carry(Maintenance maintenance, Guest guest, Guest.State as, Supplier<OperationId> begin) {
        HostId host = maintenance.host();
        try {
            OperationId operation = nested.execute(_ -> begin.get());
            if (operation != null) {
                rows.carriedBy(host, guest.vm(), operation, as);
            }
            return true;
        } catch (YadoException refused) {
            String why = String.valueOf(refused.getMessage());
            if (refused.code() == ErrorCode.MIGRATION_BLOCKED) {
                blocked(maintenance, guest, why);
            } else {
                Duration wait = refused.code() == ErrorCode.CONFLICT ? OTHERS_FIRST : settings.retry();
                rows.later(host, guest.vm(), Guest.State.WAITING, why, wait);
            }
            return false;
        }
    }

    /** A move that can be broken off is; one that cannot any more goes on. */
    void breakOff(Guest guest) {
        Optional.ofNullable(guest.operation()).filter(move -> !move.ended()).ifPresent(move -> {
            try {
                nested.executeWithoutResult(_ -> operations.getObject().cancel(move.id(), BY));
            } catch (YadoException tooLate) {
                LOG.debug("the move of VM {} goes on: {}", guest.vm(), tooLate.getMessage());
            }
        });
    }
}
