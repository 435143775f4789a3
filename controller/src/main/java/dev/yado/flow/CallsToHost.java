package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.host.HostAgents;
import dev.yado.migration.Conclusion;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.Run;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.vm.Sight;
import dev.yado.vm.VmRecords;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** The two calls to a VM's host. */
@Component
class CallsToHost {
    private final Fleet fleet;
    private final HostAgents hosts;
    private final VmRecords vms;
    private final Migrations migrations;
    private final Conclusion conclusion;

    CallsToHost(Fleet fleet, HostAgents hosts, VmRecords vms, Migrations migrations, Conclusion conclusion) {
        this.migrations = migrations;
        this.conclusion = conclusion;
        this.fleet = fleet;
        this.hosts = hosts;
        this.vms = vms;
    }

    /** Sends the whole desired VM as it stands in the rows now. */
    HostAnswer put(Run run) {
        VmId id = new VmId(run.target());
        Optional<String> moving = concluded(run, migrations.undecided(id).stream(), false);
        if (moving.isPresent()) {
            return new HostAnswer.Moving(moving.get());
        }
        Optional<VmSpec> spec = vms.spec(id);
        if (spec.isEmpty()) {
            return new HostAnswer.NoVm();
        }
        Optional<HostId> host = fleet.hostOf(id);
        if (host.isEmpty()) {
            return new HostAnswer.NoPlace();
        }
        run.had("host", host.get());
        run.had("generation", spec.get().generation());
        run.had("runEpoch", spec.get().runEpoch());
        run.had("desired", spec.get().desired());
        return call(id, host.get(), agent -> agent.put(run.fence(), spec.get()));
    }

    /** Ends and removes the VM at the host, at the generation that wants it gone. */
    HostAnswer delete(Run run) {
        VmId id = new VmId(run.target());
        Optional<String> moving = concluded(run, migrations.unfinished(id).stream(), true);
        if (moving.isPresent()) {
            return new HostAnswer.Moving(moving.get());
        }
        Optional<HostId> host = fleet.hostOf(id);
        if (host.isEmpty()) {
            return new HostAnswer.NoPlace();
        }
        Optional<Sight> sight = vms.sight(id);
        if (sight.isEmpty()) {
            return new HostAnswer.NoVm();
        }
        long generation = sight.get().generation();
        run.had("host", host.get());
        run.had("generation", generation);
        return call(id, host.get(), agent -> agent.delete(run.fence(), id, generation));
    }

    /**
     * Moves that were overtaken come to their end first, so that what is sent is sent to the one host that the VM is on.
     *
     * @param wholly also the hosts that it is not on have let go of it
     * @return what is still waited for
     */
    private Optional<String> concluded(Run run, Stream<Migration> moves, boolean wholly) {
        return moves.map(move -> conclusion.carryOn(move, run.fence()))
                .flatMap(progress -> switch (progress) {
                    case Conclusion.Progress.Undecided(String reason) -> Stream.of(reason);
                    case Conclusion.Progress.Leftover(String reason) -> wholly ? Stream.of(reason) : Stream.empty();
                    case Conclusion.Progress.Decided _, Conclusion.Progress.Ended _ -> Stream.empty();
                })
                .findFirst();
    }

    private HostAnswer call(VmId vm, HostId host, Function<HostAgent, VmReport> call) {
        fleet.foundElsewhere(vm, host).ifPresent(other -> {
            String detail = "host " + other
                    + " holds a guest of this VM, which is placed on another: nothing is sent before it is"
                    + " known which is right";
            throw new HostUnreachable(detail, new IllegalStateException(detail));
        });
        try {
            return new HostAnswer.Accepted(call.apply(hosts.of(host)));
        } catch (HostRefusal refusal) {
            return new HostAnswer.Refused(refusal.code(), String.valueOf(refusal.getMessage()));
        }
    }
}
