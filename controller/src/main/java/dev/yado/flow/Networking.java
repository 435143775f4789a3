package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.network.HostNetworks;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.VmId;
import dev.yado.sync.NetworkCalls;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Waits until the VM's host has the networks of its cards in force. A VM without cards never comes here. */
@Component
class Networking {
    private static final Duration AT_ONCE = Duration.ofMillis(100);
    private static final Duration AFTER_PROBLEM = Duration.ofSeconds(2);

    private final NetworkCalls calls;
    private final HostNetworks networks;
    private final Fleet fleet;
    private final VmRecords vms;
    private final Migrations migrations;

    Networking(NetworkCalls calls, HostNetworks networks, Fleet fleet, VmRecords vms, Migrations migrations) {
        this.migrations = migrations;
        this.calls = calls;
        this.networks = networks;
        this.fleet = fleet;
        this.vms = vms;
    }

    /** @param host null: the VM has none */
    record Answers(@Nullable HostId host, Map<NetworkId, NetworkCalls.Told> told) {}

    /** Nothing of it is to be undone: a host that has no port of a network any more is told to drop it. */
    <S extends Enum<S>> Step<S> step(S next) {
        return Step.hostCall(
                "give the host the networks of the VM's cards",
                Deadlines.HOST_ANSWER,
                CancelPoint.NOW,
                this::tell,
                (run, answers) -> concluded(run, answers, next));
    }

    /** As {@link #step} for the host that it moves to, which carries them before it comes. */
    <S extends Enum<S>> Step<S> ofDestination(S next) {
        return Step.hostCall(
                "give the host that it moves to the networks of its cards",
                Deadlines.AT_ONCE,
                CancelPoint.NOW,
                run -> tell(
                        run, migrations.of(run.operation()).map(Migration::to).orElse(null)),
                (run, answers) -> concluded(run, answers, next));
    }

    private Answers tell(Run run) {
        return tell(run, fleet.hostOf(new VmId(run.target())).orElse(null));
    }

    private Answers tell(Run run, @Nullable HostId host) {
        VmId id = new VmId(run.target());
        Map<NetworkId, NetworkCalls.Told> told = new LinkedHashMap<>();
        if (host != null) {
            run.had("host", host);
            vms.networks(id).forEach(network -> told.put(network, calls.put(network, host)));
        }
        return new Answers(host, told);
    }

    private <S extends Enum<S>> StepResult<S> concluded(Run run, Answers answers, S next) {
        HostId host = answers.host();
        if (host == null) {
            return new Overtaken<>("the VM has no place any more");
        }
        StepResult<S> result = new Advance<>(next, "the host carries the networks of its cards");
        for (Map.Entry<NetworkId, NetworkCalls.Told> each : answers.told().entrySet()) {
            NetworkId network = each.getKey();
            switch (each.getValue()) {
                case NetworkCalls.Told.Accepted(long generation, String problem) -> {
                    if (generation > 0) {
                        networks.acknowledged(network, host, generation, problem);
                        run.gave("network " + network, generation);
                    }
                    if (problem != null) {
                        result = new Wait<>(
                                AFTER_PROBLEM, "its host does not wholly carry network " + network + ": " + problem);
                    }
                }
                case NetworkCalls.Told.Overtaken _ ->
                    result = new Wait<>(AT_ONCE, "the network " + network + " has changed meanwhile");
                case NetworkCalls.Told.Refused refused -> {
                    networks.failed(network, host, refused.code() + ": " + refused.detail());
                    result = new Wait<>(
                            AFTER_PROBLEM,
                            refused.code() + ": its host refuses network " + network + ": " + refused.detail());
                }
            }
        }
        return result;
    }
}
