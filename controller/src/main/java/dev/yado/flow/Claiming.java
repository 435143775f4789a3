package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.Run;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.scheduler.Decision;
import dev.yado.vm.Moves;
import dev.yado.vm.VmMove;
import dev.yado.vm.VmRecords;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Begins a move: judges everything as it is now, under the locks of the VM and of the host that it is to come to, and claims room there. */
@Component
class Claiming {
    private final Preflight preflight;
    private final Fleet fleet;
    private final VmRecords vms;
    private final Migrations migrations;

    Claiming(Preflight preflight, Fleet fleet, VmRecords vms, Migrations migrations) {
        this.preflight = preflight;
        this.fleet = fleet;
        this.vms = vms;
        this.migrations = migrations;
    }

    /** @param network the next for a VM with cards */
    <S extends Enum<S>> StepResult<S> claim(Run run, S network, S withoutCards) {
        VmId id = new VmId(run.target());
        vms.lock(id);
        if (vms.sight(id).isEmpty()) {
            return new Overtaken<>("the VM is gone");
        }
        S next = vms.networks(id).isEmpty() ? withoutCards : network;
        if (migrations.of(run.operation()).isPresent()) {
            return new Advance<>(next, "it has been begun already");
        }
        VmMove move = run.input(VmMove.class);
        Moves.Prospect prospect = preflight.prospect(id, move.host());
        run.explain(prospect.verdicts());
        Preflight.Baggage baggage = preflight.baggage(id);
        if (!prospect.blockers().isEmpty() || baggage == null) {
            return new GiveUp<>(ErrorCode.MIGRATION_BLOCKED, said(prospect));
        }
        MigrationId migration = MigrationId.random();
        Decision decision = move.host() == null
                ? fleet.claim(id, migration, baggage.request())
                : fleet.claimOn(id, migration, move.host(), baggage.request());
        run.explain(decision.verdicts().stream().map(Placing::verdict).toList());
        return switch (decision) {
            case Decision.NoHost none -> new GiveUp<>(ErrorCode.MIGRATION_BLOCKED, none.summary());
            case Decision.Placed placed -> {
                Migration made = begin(run, migration, baggage, placed.host(), move);
                yield new Advance<>(
                        next, (made.live() ? "moves" : "moves, stopped as it is,") + " to host " + made.to());
            }
        };
    }

    private Migration begin(Run run, MigrationId id, Preflight.Baggage baggage, HostId to, VmMove move) {
        VmId vm = new VmId(run.target());
        VmRecords.Passage passage = vms.beginsToMove(vm);
        Migration made = migrations.begin(
                id, new Migrations.Plan(run.operation(), vm, baggage.from(), to, baggage.live(), move.goal()), passage);
        run.had("from", made.from());
        run.gave("migration", made.id());
        run.gave("to", made.to());
        run.gave("generation", made.generation());
        run.gave("runEpoch", made.runEpoch());
        return made;
    }

    private static String said(Moves.Prospect prospect) {
        return prospect.blockers().stream().map(YadoException::getMessage).collect(Collectors.joining("; "));
    }
}
