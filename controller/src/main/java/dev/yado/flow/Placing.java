package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.network.NetworkNeeds;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.operation.Verdict;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.HostVerdict;
import dev.yado.scheduler.Kept;
import dev.yado.scheduler.PlacementRequest;
import dev.yado.vm.VmNeeds;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Finds a host and allocates there. Where none fits it waits, and says for each host why not. */
@Component
class Placing {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final Fleet fleet;
    private final VmRecords vms;

    Placing(Fleet fleet, VmRecords vms) {
        this.fleet = fleet;
        this.vms = vms;
    }

    /** @param network the next for a VM with cards */
    <S extends Enum<S>> Step.Body<S> then(S network, S next) {
        return run -> place(run, network, next);
    }

    private <S extends Enum<S>> StepResult<S> place(Run run, S network, S withoutCards) {
        VmId id = new VmId(run.target());
        if (fleet.hostOf(id).isPresent()) {
            return new Advance<>(vms.networks(id).isEmpty() ? withoutCards : network, "it has its place already");
        }
        Optional<VmNeeds> needs = vms.needs(id);
        S next = needs.filter(vm -> vm.networks().any()).isPresent() ? network : withoutCards;
        if (needs.isEmpty()) {
            return new Overtaken<>("the VM is gone");
        }
        run.had("vcpus", needs.get().vcpus());
        run.had("memoryMiB", needs.get().memory().value());
        run.had("diskMiB", needs.get().disk().value());
        Decision decision = fleet.place(id, request(needs.get()));
        run.explain(decision.verdicts().stream().map(Placing::verdict).toList());
        return switch (decision) {
            case Decision.Placed placed -> {
                run.gave("host", placed.host());
                yield new Advance<>(next, "placed on host " + placed.host());
            }
            case Decision.NoHost noHost ->
                new Wait<>(LOOK_AGAIN, ErrorCode.NO_HOST_FITS + ": " + noHost.summary(), Fleet.CAPACITY);
        };
    }

    static PlacementRequest request(VmNeeds needs) {
        return new PlacementRequest(
                new Resources(needs.vcpus(), needs.memory(), needs.disk()),
                needs.architecture(),
                needs.accelerator(),
                networks(needs.networks()),
                new Kept(needs.pins().machineType(), cpu(needs.pins()), pools(needs.pins())));
    }

    private static Kept.Cpu cpu(VmNeeds.Pins pins) {
        String model = pins.cpuModel();
        if (model != null) {
            return new Kept.Cpu.Named(model);
        }
        return pins.fresh() ? new Kept.Cpu.Baseline(Map.of()) : new Kept.Cpu.Any();
    }

    /** Disks that are made already have their room. */
    private static List<Kept.InPool> pools(VmNeeds.Pins pins) {
        Map<String, Kept.InPool> pools = new TreeMap<>();
        for (VmNeeds.SharedDisk disk : pins.disks()) {
            Mebibytes needed = disk.marker() == null ? disk.size() : Mebibytes.ZERO;
            pools.merge(
                    disk.pool(),
                    new Kept.InPool(disk.pool(), disk.marker(), needed),
                    (one, other) -> new Kept.InPool(
                            one.name(),
                            one.marker() == null ? other.marker() : one.marker(),
                            one.needed().plus(other.needed())));
        }
        return List.copyOf(pools.values());
    }

    private static PlacementRequest.Networks networks(NetworkNeeds needs) {
        return needs.any()
                ? new PlacementRequest.Networks(true, needs.tunnel(), needs.providers())
                : PlacementRequest.Networks.NONE;
    }

    static Verdict verdict(HostVerdict verdict) {
        return switch (verdict) {
            case HostVerdict.Refused no ->
                new Verdict(no.hostName(), false, no.rule(), no.needed(), no.available(), no.detail(), null);
            case HostVerdict.Fits fits -> {
                String decisive = fits.scores().entrySet().stream()
                        .max(Map.Entry.comparingByValue())
                        .map(Map.Entry::getKey)
                        .orElse("none");
                String scores = fits.scores().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(score -> "%s %.2f".formatted(score.getKey(), score.getValue()))
                        .collect(Collectors.joining(", "));
                yield new Verdict(fits.hostName(), true, decisive, null, null, "fits: " + scores, fits.score());
            }
        };
    }
}
