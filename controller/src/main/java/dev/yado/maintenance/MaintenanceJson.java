package dev.yado.maintenance;

import dev.yado.api.generated.model.HostDrain;
import dev.yado.api.generated.model.HostDrainBlocked;
import dev.yado.api.generated.model.HostDrainKept;
import dev.yado.api.generated.model.HostDrainMove;
import dev.yado.api.generated.model.HostDrainPlan;
import dev.yado.api.generated.model.HostMaintenance;
import dev.yado.api.generated.model.MaintenanceGuest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.vm.VmMoveJson;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Maintenance between the API's words and ours. */
final class MaintenanceJson {
    private MaintenanceJson() {}

    static Drain drain(@Nullable HostDrain asked) {
        return asked == null
                ? Drain.DEFAULT
                : new Drain(
                        Duration.ofSeconds(asked.getDeadlineSeconds()),
                        Drain.WhenBlocked.valueOf(asked.getWhenBlocked().name()),
                        asked.getMoveStopped(),
                        decisions(asked.getStop(), asked.getLeave()),
                        VmMoveJson.goal(asked.getGoal()));
    }

    /** @throws YadoException {@code INVALID_REQUEST} for a VM that is to be both */
    static Map<VmId, Drain.Decision> decisions(@Nullable List<UUID> stop, @Nullable List<UUID> leave) {
        Map<VmId, Drain.Decision> decisions = new LinkedHashMap<>();
        if (stop != null) {
            stop.forEach(vm -> decisions.put(new VmId(vm), Drain.Decision.STOP));
        }
        if (leave != null) {
            leave.forEach(vm -> {
                if (decisions.put(new VmId(vm), Drain.Decision.LEAVE) == Drain.Decision.STOP) {
                    throw new YadoException(ErrorCode.INVALID_REQUEST, "VM " + vm + " is in stop and in leave");
                }
            });
        }
        return decisions;
    }

    static HostDrainPlan of(DrainPlan plan) {
        return new HostDrainPlan(
                plan.host().value(),
                plan.name(),
                plan.moves().stream().map(MaintenanceJson::move).toList(),
                plan.blocked().stream()
                        .map(guest -> new HostDrainBlocked(guest.vm().value(), guest.name(), guest.why()))
                        .toList(),
                plan.kept().stream()
                        .map(guest -> new HostDrainKept(
                                guest.vm().value(),
                                guest.name(),
                                HostDrainKept.DecisionEnum.valueOf(
                                        guest.decision().name())))
                        .toList(),
                plan.bandwidth().bytesPerSecond(),
                plan.bandwidth().measured(),
                seconds(plan.takes()));
    }

    private static HostDrainMove move(DrainPlan.Move move) {
        return new HostDrainMove(
                move.vm().value(),
                move.name(),
                move.live(),
                move.memoryMib(),
                move.diskMib(),
                move.to().value(),
                move.toName(),
                seconds(move.after()));
    }

    private static long seconds(Duration duration) {
        return duration.plusMillis(999).toSeconds();
    }

    static HostMaintenance of(Maintenances.View view) {
        Maintenance maintenance = view.maintenance();
        return new HostMaintenance(
                maintenance.host().value(),
                HostMaintenance.StateEnum.valueOf(maintenance.state().name()),
                maintenance.operation().value(),
                maintenance.beganAt().atOffset(ZoneOffset.UTC),
                maintenance.deadlineAt().atOffset(ZoneOffset.UTC),
                view.guests().stream().map(MaintenanceJson::guest).toList());
    }

    private static MaintenanceGuest guest(Guest guest) {
        HostId to = guest.to();
        Guest.Carrying operation = guest.operation();
        Drain.Decision decision = guest.decision();
        return new MaintenanceGuest(
                        guest.vm().value(),
                        guest.name(),
                        MaintenanceGuest.StateEnum.valueOf(guest.state().name()),
                        guest.attempts())
                .decision(decision == null ? null : MaintenanceGuest.DecisionEnum.valueOf(decision.name()))
                .toHostId(to == null ? null : to.value())
                .operationId(operation == null ? null : operation.id().value())
                .reason(guest.reason());
    }
}
