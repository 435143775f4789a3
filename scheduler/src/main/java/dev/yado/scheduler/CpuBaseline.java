package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The best CPU model that guests get on every host of a fleet. */
public final class CpuBaseline {
    private CpuBaseline() {}

    /** Hosts that are silent, in maintenance or do not say what models they have keep nothing low. */
    public static Optional<String> of(
            Collection<HostSnapshot> fleet, Architecture architecture, Accelerator accelerator) {
        // Hosts of one kind say the same: each list is looked at once.
        Set<List<String>> lists = new LinkedHashSet<>();
        for (HostSnapshot host : fleet) {
            if (counts(host, architecture, accelerator)) {
                lists.add(host.mobility().models(accelerator));
            }
        }
        return best(lists);
    }

    /** Whether the host has a say in the baseline. */
    public static boolean counts(HostSnapshot host, Architecture architecture, Accelerator accelerator) {
        return host.alive()
                && !host.maintenance()
                && host.architecture() == architecture
                && host.runnable().contains(accelerator)
                && !host.mobility().models(accelerator).isEmpty();
    }

    /** @param lists of models, the best last */
    static Optional<String> best(Collection<List<String>> lists) {
        if (lists.isEmpty()) {
            return Optional.empty();
        }
        List<String> order = lists.iterator().next();
        Set<String> common = new HashSet<>(order);
        lists.forEach(list -> common.retainAll(new HashSet<>(list)));
        return order.stream().filter(common::contains).reduce((_, better) -> better);
    }
}
