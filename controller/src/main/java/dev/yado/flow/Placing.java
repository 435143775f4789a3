package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.host.HostNeeds;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.operation.Verdict;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.HostVerdict;
import dev.yado.vm.VmNeeds;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
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
        Decision decision = fleet.place(id, HostNeeds.of(needs.get()));
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
