package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Finds the host for a VM: filters say which hosts may take it, weights which of those is best. */
public final class Scheduler {
    private final List<Filter> filters;
    private final List<Weight> weights;

    public Scheduler(PlacementPolicy policy) {
        this.filters = List.of(
                new HostAlive(),
                new ArchitectureFits(),
                new AcceleratorRuns(),
                new EnoughVcpus(policy),
                new EnoughMemory(policy),
                new EnoughDisk(policy));
        this.weights =
                List.of(new HardwareSpeed(), new EvenLoad(policy, policy.strategy() == PlacementPolicy.Strategy.PACK));
    }

    public Decision place(FleetSnapshot fleet, PlacementRequest request) {
        List<HostVerdict> verdicts = new ArrayList<>(fleet.hosts().size());
        for (HostSnapshot host : fleet.hosts()) {
            verdicts.add(judge(host, request));
        }
        Optional<HostId> best = verdicts.stream()
                .filter(HostVerdict.Fits.class::isInstance)
                .map(HostVerdict.Fits.class::cast)
                .max(Comparator.comparingDouble(HostVerdict.Fits::score)
                        .thenComparing(HostVerdict.Fits::host, Comparator.reverseOrder()))
                .map(HostVerdict.Fits::host);
        return best.<Decision>map(host -> new Decision.Placed(host, verdicts))
                .orElseGet(() -> new Decision.NoHost(summary(verdicts), verdicts));
    }

    private HostVerdict judge(HostSnapshot host, PlacementRequest request) {
        for (Filter filter : filters) {
            Optional<Filter.Refusal> refusal = filter.refuse(host, request);
            if (refusal.isPresent()) {
                Filter.Refusal why = refusal.get();
                return new HostVerdict.Refused(
                        host.id(), host.name(), filter.rule(), why.needed(), why.available(), why.detail());
            }
        }
        Map<String, Double> scores = new LinkedHashMap<>();
        double sum = 0;
        for (Weight weight : weights) {
            double score = weight.score(host, request);
            scores.put(weight.name(), score);
            sum += weight.factor() * score;
        }
        return new HostVerdict.Fits(host.id(), host.name(), sum, scores);
    }

    private static String summary(List<HostVerdict> verdicts) {
        if (verdicts.isEmpty()) {
            return "no host has joined yet";
        }
        Map<String, Long> byRule = verdicts.stream()
                .filter(HostVerdict.Refused.class::isInstance)
                .map(HostVerdict.Refused.class::cast)
                .collect(Collectors.groupingBy(HostVerdict.Refused::rule, TreeMap::new, Collectors.counting()));
        return "no host fits: "
                + byRule.entrySet().stream()
                        .map(rule -> rule.getValue() + " of " + verdicts.size() + " refused by " + rule.getKey())
                        .collect(Collectors.joining(", "));
    }
}
