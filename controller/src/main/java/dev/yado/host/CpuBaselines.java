package dev.yado.host;

import dev.yado.api.Caller;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.scheduler.CpuBaseline;
import dev.yado.scheduler.HostSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
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

    private static final int MOST_NAMES = 20;

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

    record Setting(String model, Instant at) {}

    /** What an administrator has set; empty: it is computed. */
    Optional<Setting> set(Architecture architecture, Accelerator accelerator) {
        return jdbc
                .query(
                        "SELECT model, set_at FROM cpu_baseline WHERE architecture = ? AND accelerator = ?",
                        (row, _) -> new Setting(
                                row.getString("model"),
                                row.getObject("set_at", OffsetDateTime.class).toInstant()),
                        architecture.name(),
                        accelerator.name())
                .stream()
                .findFirst();
    }

    /**
     * From now on new VMs are pinned to the model, and kept from hosts that lack it. VMs that are pinned already keep theirs.
     *
     * @param model null: computed again
     * @param someMayLack else a model that some host in service lacks is refused
     * @throws YadoException {@code INVALID_REQUEST} for a model that no host knows, {@code CONFLICT} when some lack it
     */
    void set(
            Caller caller,
            Architecture architecture,
            Accelerator accelerator,
            @Nullable String model,
            boolean someMayLack) {
        caller.requireAdministrator();
        if (model == null) {
            jdbc.update(
                    "DELETE FROM cpu_baseline WHERE architecture = ? AND accelerator = ?",
                    architecture.name(),
                    accelerator.name());
        } else {
            check(architecture, accelerator, model, someMayLack);
            jdbc.update("""
                    INSERT INTO cpu_baseline (architecture, accelerator, model) VALUES (?, ?, ?)
                    ON CONFLICT (architecture, accelerator) DO UPDATE SET model = excluded.model, set_at = now()
                    """, architecture.name(), accelerator.name(), model);
        }
        last = null;
    }

    private void check(Architecture architecture, Accelerator accelerator, String model, boolean someMayLack) {
        List<HostSnapshot> voters = sight.now().hosts().stream()
                .filter(host -> CpuBaseline.counts(host, architecture, accelerator))
                .toList();
        List<String> lacking = voters.stream()
                .filter(host -> !host.mobility().models(accelerator).contains(model))
                .map(HostSnapshot::name)
                .toList();
        if (lacking.size() == voters.size()) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "model: no host in service has the CPU model " + model + " with " + accelerator
                            + "; yado host cpu-compat lists those that they have");
        }
        if (!lacking.isEmpty() && !someMayLack) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "hosts lack the CPU model " + model + " and would be given no new VMs: "
                            + String.join(", ", lacking.subList(0, Math.min(lacking.size(), MOST_NAMES)))
                            + "; say someHostsMayLack if that is meant");
        }
    }
}
