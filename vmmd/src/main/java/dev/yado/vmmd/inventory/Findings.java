package dev.yado.vmmd.inventory;

import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was found: that which lasts, and that which was healed and has not been told yet. Thread-safe. */
public final class Findings {
    /** Beyond this the oldest are forgotten: the controller has been away for long. */
    private static final int MOST_HEALED = 1000;

    private final Clock clock;
    private final Map<Key, DriftFinding> open = new LinkedHashMap<>();
    private final List<DriftFinding> healed = new ArrayList<>();

    private record Key(DriftKind kind, String object) {}

    /** One thing that is not as it should be now. */
    record Sight(DriftKind kind, @Nullable VmId vm, String object, String wanted, String real) {}

    public Findings(Clock clock) {
        this.clock = clock;
    }

    /** Found and in order again. */
    public synchronized void healed(DriftFinding finding) {
        healed.add(finding);
        if (healed.size() > MOST_HEALED) {
            healed.removeFirst();
        }
    }

    void healed(Sight sight) {
        healed(new DriftFinding(
                UuidV7.next(),
                sight.kind(),
                sight.vm(),
                sight.object(),
                sight.wanted(),
                sight.real(),
                clock.instant(),
                clock.instant()));
    }

    /** All that is wrong now: what was found before keeps its id and its time, what is gone is forgotten. */
    synchronized void now(List<Sight> sights) {
        Set<Key> still = new HashSet<>();
        for (Sight sight : sights) {
            Key key = new Key(sight.kind(), sight.object());
            still.add(key);
            DriftFinding before = open.get(key);
            if (before == null || !before.real().equals(sight.real())) {
                open.put(
                        key,
                        new DriftFinding(
                                before == null ? UuidV7.next() : before.id(),
                                sight.kind(),
                                sight.vm(),
                                sight.object(),
                                sight.wanted(),
                                sight.real(),
                                before == null ? clock.instant() : before.since(),
                                null));
            }
        }
        open.keySet().retainAll(still);
    }

    synchronized List<DriftFinding> open() {
        return List.copyOf(open.values());
    }

    synchronized List<DriftFinding> healed() {
        return List.copyOf(healed);
    }

    synchronized void told(List<DriftFinding> told) {
        healed.removeAll(told);
    }

    /** What was last found of one VM. */
    public synchronized List<DriftFinding> of(VmId vm) {
        List<DriftFinding> found = new ArrayList<>(open.values());
        found.addAll(healed);
        return found.stream().filter(finding -> vm.equals(finding.vm())).toList();
    }

    synchronized boolean has(DriftKind kind, VmId vm) {
        return open.values().stream().anyMatch(finding -> finding.kind() == kind && vm.equals(finding.vm()));
    }
}
