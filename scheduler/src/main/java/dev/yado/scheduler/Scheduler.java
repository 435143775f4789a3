package dev.yado.scheduler;

import dev.yado.protocol.HostId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the host for a VM: filters say which hosts may take it, weights which of those is best. */
public final class Scheduler {
    private final List<Filter> filters;
    private final List<Weight> weights;

    public Scheduler(PlacementPolicy policy) {
        this.filters = List.of(
                new HostAlive(),
                new InService(),
                new PinnedHost(),
                new ArchitectureFits(),
                new AcceleratorRuns(),
                new CpuModelKept(),
                new MachineTypeKept(),
                new SharedPools(policy),
                new ReadsBackups(),
                new HasSnapshots(),
                new CarriesNetworks(),
                new EnoughVcpus(policy),
                new EnoughMemory(policy),
                new EnoughDisk(policy));
        this.weights =
                List.of(new HardwareSpeed(), new EvenLoad(policy, policy.strategy() == PlacementPolicy.Strategy.PACK));
    }

    /** With a verdict for every host, in the order of the snapshot. */
    public Decision place(FleetSnapshot fleet, PlacementRequest request) {
        return place(fleet, request, Integer.MAX_VALUE);
    }

    /** @param most so many verdicts are given: of a larger fleet those on the best hosts, then those on refused ones */
    public Decision place(FleetSnapshot fleet, PlacementRequest request, int most) {
        List<HostVerdict.Refused> refused = new ArrayList<>();
        List<Candidate> candidates = new ArrayList<>();
        for (HostSnapshot host : fleet.hosts()) {
            HostVerdict.Refused refusal = refuse(host, request);
            if (refusal == null) {
                candidates.add(new Candidate(host, score(host, request)));
            } else {
                refused.add(refusal);
            }
        }
        if (candidates.isEmpty()) {
            return new Decision.NoHost(
                    summary(refused), List.copyOf(refused.subList(0, Math.min(most, refused.size()))));
        }
        HostId best = Collections.min(candidates, Candidate.BEST_FIRST).host().id();
        return new Decision.Placed(
                best,
                fleet.hosts().size() <= most
                        ? fleet.hosts().stream()
                                .map(host -> verdict(host, request))
                                .toList()
                        : nearest(candidates, refused, request, most));
    }

    /** Every rule that refuses the host, not only the first; empty when it fits. */
    public List<HostVerdict.Refused> refusals(HostSnapshot host, PlacementRequest request) {
        return filters.stream()
                .flatMap(filter -> filter.refuse(host, request).map(why -> refused(host, filter, why)).stream())
                .toList();
    }

    private record Candidate(HostSnapshot host, double score) {
        /** The lowest id among equals. */
        static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble(Candidate::score)
                .reversed()
                .thenComparing(candidate -> candidate.host().id());
    }

    private List<HostVerdict> nearest(
            List<Candidate> candidates, List<HostVerdict.Refused> refused, PlacementRequest request, int most) {
        return Stream.<HostVerdict>concat(
                        candidates.stream()
                                .sorted(Candidate.BEST_FIRST)
                                .limit(most)
                                .map(candidate -> fits(candidate.host(), request)),
                        refused.stream())
                .limit(most)
                .toList();
    }

    private HostVerdict verdict(HostSnapshot host, PlacementRequest request) {
        HostVerdict.Refused refusal = refuse(host, request);
        return refusal == null ? fits(host, request) : refusal;
    }

    private HostVerdict.@Nullable Refused refuse(HostSnapshot host, PlacementRequest request) {
        for (Filter filter : filters) {
            Optional<Filter.Refusal> refusal = filter.refuse(host, request);
            if (refusal.isPresent()) {
                return refused(host, filter, refusal.get());
            }
        }
        return null;
    }

    private static HostVerdict.Refused refused(HostSnapshot host, Filter filter, Filter.Refusal why) {
        return new HostVerdict.Refused(
                host.id(), host.name(), filter.rule(), why.needed(), why.available(), why.detail());
    }

    private double score(HostSnapshot host, PlacementRequest request) {
        double sum = 0;
        for (Weight weight : weights) {
            sum += weight.factor() * weight.score(host, request);
        }
        return sum;
    }

    private HostVerdict.Fits fits(HostSnapshot host, PlacementRequest request) {
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Weight weight : weights) {
            scores.put(weight.name(), weight.score(host, request));
        }
        return new HostVerdict.Fits(host.id(), host.name(), score(host, request), scores);
    }

    private static String summary(List<HostVerdict.Refused> verdicts) {
        if (verdicts.isEmpty()) {
            return "no host has joined yet";
        }
        Map<String, Long> byRule = verdicts.stream()
                .collect(Collectors.groupingBy(HostVerdict.Refused::rule, TreeMap::new, Collectors.counting()));
        return "no host fits: "
                + byRule.entrySet().stream()
                        .map(rule -> rule.getValue() + " of " + verdicts.size() + " refused by " + rule.getKey())
                        .collect(Collectors.joining(", "));
    }
}
