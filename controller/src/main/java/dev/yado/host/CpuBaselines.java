package dev.yado.host;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.scheduler.CpuBaseline;
import dev.yado.scheduler.HostSnapshot;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/**
 * Which CPU model new VMs are pinned to, so that they can go to every host: the one that an administrator has set, else the best that
 * all hosts have. VMs that are pinned already keep theirs.
 */
@Service
public class CpuBaselines {
    private static final Duration MOMENT = Duration.ofSeconds(1);

    private final JdbcTemplate jdbc;
    private final FleetSight sight;
    private volatile @Nullable Computed last;

    CpuBaselines(JdbcTemplate jdbc, FleetSight sight) {
        this.jdbc = jdbc;
        this.sight = sight;
    }

    private record Computed(long at, Map<Architecture, Map<Accelerator, String>> models) {}

    /** By accelerator; without those for which hosts have no model in common. At most a moment old. */
    public Map<Accelerator, String> models(Architecture architecture) {
        Computed known = last;
        long now = System.nanoTime();
        if (known == null || now - known.at() > MOMENT.toNanos()) {
            known = new Computed(now, compute());
            last = known;
        }
        return known.models().getOrDefault(architecture, Map.of());
    }

    private Map<Architecture, Map<Accelerator, String>> compute() {
        List<HostSnapshot> fleet = sight.recent().hosts();
        Map<Architecture, Map<Accelerator, String>> all = new EnumMap<>(Architecture.class);
        for (Architecture architecture : Architecture.values()) {
            Map<Accelerator, String> models = new EnumMap<>(Accelerator.class);
            for (Accelerator accelerator : Accelerator.values()) {
                CpuBaseline.of(fleet, architecture, accelerator).ifPresent(model -> models.put(accelerator, model));
            }
            all.put(architecture, models);
        }
        jdbc.query("SELECT architecture, accelerator, model FROM cpu_baseline", row -> {
            all.computeIfAbsent(
                            Architecture.valueOf(row.getString("architecture")), _ -> new EnumMap<>(Accelerator.class))
                    .put(Accelerator.valueOf(row.getString("accelerator")), row.getString("model"));
        });
        return all;
    }

    /** What an administrator has set; empty: it is computed. */
    Optional<String> set(Architecture architecture, Accelerator accelerator) {
        return jdbc
                .queryForList(
                        "SELECT model FROM cpu_baseline WHERE architecture = ? AND accelerator = ?",
                        String.class,
                        architecture.name(),
                        accelerator.name())
                .stream()
                .findFirst();
    }
}
