package dev.yado.maintenance;

import dev.yado.api.Caller;
import dev.yado.operation.Operations;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Upgrades hosts one after the other: drains one, waits until its daemon has come back as another, puts it into service, goes on. */
@Service
public class Rollouts {
    /** The kind of the operation, as in the API. */
    public static final String KIND = "UpgradeHosts";

    private static final Caller ADMINISTRATOR = new Caller.Administrator(null);

    private final RolloutRows rows;
    private final MaintenanceRows maintenanceRows;
    private final Maintenances maintenances;
    // The upgrade is one of the operations, so they are there only after it.
    private final ObjectProvider<Operations> operations;
    private final TransactionTemplate transactions;
    private final TransactionTemplate nested;

    Rollouts(
            RolloutRows rows,
            MaintenanceRows maintenanceRows,
            Maintenances maintenances,
            ObjectProvider<Operations> operations,
            TransactionTemplate transactions,
            PlatformTransactionManager manager) {
        this.rows = rows;
        this.maintenanceRows = maintenanceRows;
        this.maintenances = maintenances;
        this.operations = operations;
        this.transactions = transactions;
        this.nested = new TransactionTemplate(manager);
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
    }

    public sealed interface Progress {
        record UnderWay(String detail) implements Progress {}

        record Done(String detail) implements Progress {}

        /** A host stays out of service until somebody has seen to it. */
        record Stuck(ErrorCode code, String detail) implements Progress {}
    }

    /**
     * @param hosts in this order; empty: all that are up and in service
     * @throws YadoException {@code NOT_FOUND}; {@code CONFLICT} when there is none
     */
    public OperationId begin(Caller caller, List<HostId> hosts, @Nullable String version, Drain drain) {
        caller.requireAdministrator();
        return Objects.requireNonNull(transactions.execute(_ -> {
            List<HostId> all = hosts.isEmpty()
                    ? rows.hostsInService()
                    : hosts.stream().distinct().toList();
            rows.unknown(all).stream().findFirst().ifPresent(host -> {
                throw new YadoException(ErrorCode.NOT_FOUND, "host " + host + " does not exist");
            });
            if (all.isEmpty()) {
                throw new YadoException(ErrorCode.CONFLICT, "no host is up and in service");
            }
            UUID id = UuidV7.next();
            OperationId operation = operations.getObject().begin(KIND, null, id, all.size());
            rows.insert(id, operation, version, drain, all);
            return operation;
        }));
    }

    /** @throws YadoException {@code NOT_FOUND} */
    Rollout get(Caller caller, UUID id) {
        caller.requireAdministrator();
        return rows.find(id)
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "host upgrade " + id + " does not exist"));
    }

    public void lock(UUID id) {
        rows.lock(id);
    }

    /** One turn, in the caller's transaction. */
    public Progress turn(UUID id) {
        Rollout rollout = rows.lock(id).orElseThrow(() -> new IllegalStateException("no rollout " + id));
        Optional<Rollout.Host> present = rollout.present();
        if (present.isEmpty()) {
            return new Progress.Done(rollout.hosts().size() + " hosts are upgraded");
        }
        Rollout.Host host = present.get();
        return switch (host.state()) {
            case WAITING -> drain(rollout, host);
            case DRAINING -> drained(rollout, host);
            case UPGRADING -> upgraded(rollout, host);
            case DONE -> throw new IllegalStateException("done");
        };
    }

    private Progress drain(Rollout rollout, Rollout.Host host) {
        rows.remember(rollout.id(), host.id());
        try {
            nested.executeWithoutResult(_ -> maintenances.begin(ADMINISTRATOR, host.id(), rollout.drain()));
        } catch (YadoException refused) {
            return new Progress.Stuck(refused.code(), "host " + host.name() + ": " + refused.getMessage());
        }
        rows.set(rollout.id(), host.id(), Rollout.State.DRAINING);
        return new Progress.UnderWay("host " + host.name() + " is drained");
    }

    private Progress drained(Rollout rollout, Rollout.Host host) {
        Optional<Maintenance> maintenance = maintenanceRows.find(host.id());
        if (maintenance.isEmpty()) {
            return new Progress.Stuck(
                    ErrorCode.CANCELLED, "host " + host.name() + " was put back into service before it was upgraded");
        }
        return switch (maintenance.get().state()) {
            case DRAINING -> new Progress.UnderWay("host " + host.name() + " is drained");
            case INCOMPLETE ->
                new Progress.Stuck(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "host " + host.name() + " could not be drained: see operation "
                                + maintenance.get().operation());
            case DRAINED -> {
                rows.set(rollout.id(), host.id(), Rollout.State.UPGRADING);
                yield waits(rollout, host);
            }
        };
    }

    private static Progress waits(Rollout rollout, Rollout.Host host) {
        return new Progress.UnderWay(
                "host " + host.name() + " is empty: waiting for its daemon, version " + host.version()
                        + ", to come back as "
                        + (rollout.version() == null ? "another one" : "version " + rollout.version()));
    }

    private Progress upgraded(Rollout rollout, Rollout.Host host) {
        if (!rollout.upgraded(host)) {
            return waits(rollout, host);
        }
        maintenances.callOff(host.id());
        rows.set(rollout.id(), host.id(), Rollout.State.DONE);
        return new Progress.UnderWay("host " + host.name() + " is back with version " + host.version());
    }

    /** A host that is being drained goes back into service; one that is empty and may be under repair does not. */
    public void callOff(UUID id) {
        rows.find(id)
                .flatMap(Rollout::present)
                .filter(host -> host.state() == Rollout.State.DRAINING)
                .flatMap(host -> maintenanceRows.find(host.id()))
                .filter(maintenance -> maintenance.state() == Maintenance.State.DRAINING)
                .ifPresent(maintenance -> maintenances.end(ADMINISTRATOR, maintenance.host()));
    }
}
