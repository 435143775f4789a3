package dev.yado.host;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.CpuBaseline;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.Kept;
import dev.yado.scheduler.Mobility;
import dev.yado.scheduler.PlacementRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Explains what processors make of a fleet. */
@Component
class CpuCompats {
    private static final int MOST_NAMES = 50;

    private final JdbcTemplate jdbc;
    private final Fleet fleet;
    private final CpuBaselines baselines;

    CpuCompats(JdbcTemplate jdbc, Fleet fleet, CpuBaselines baselines) {
        this.jdbc = jdbc;
        this.fleet = fleet;
        this.baselines = baselines;
    }

    /** @param only this host and the guests on it; null for all */
    CpuCompat explain(@Nullable HostId only) {
        List<HostSnapshot> hosts = fleet.snapshot().hosts();
        return new CpuCompat(
                baselines(hosts),
                hosts.stream()
                        .filter(host -> only == null || host.id().equals(only))
                        .map(CpuCompats::host)
                        .toList(),
                guests(hosts, only));
    }

    List<CpuCompat.Baseline> baselines() {
        return baselines(fleet.snapshot().hosts());
    }

    private List<CpuCompat.Baseline> baselines(List<HostSnapshot> hosts) {
        List<CpuCompat.Baseline> all = new ArrayList<>();
        for (Architecture architecture : Architecture.values()) {
            for (Accelerator accelerator : Accelerator.values()) {
                List<HostSnapshot> voters = hosts.stream()
                        .filter(host -> CpuBaseline.counts(host, architecture, accelerator))
                        .toList();
                Optional<CpuBaselines.Setting> set = baselines.set(architecture, accelerator);
                if (!voters.isEmpty() || set.isPresent()) {
                    all.add(baseline(architecture, accelerator, voters, set.orElse(null)));
                }
            }
        }
        return all;
    }

    private static CpuCompat.Baseline baseline(
            Architecture architecture,
            Accelerator accelerator,
            List<HostSnapshot> voters,
            CpuBaselines.@Nullable Setting set) {
        String computed = CpuBaseline.of(voters, architecture, accelerator).orElse(null);
        String model = set == null ? computed : set.model();
        return new CpuCompat.Baseline(
                architecture,
                accelerator,
                model,
                set == null ? null : set.at(),
                computed,
                keptLow(voters, architecture, accelerator, computed),
                voters.stream()
                        .filter(host -> model != null
                                && !host.mobility().models(accelerator).contains(model))
                        .limit(MOST_NAMES)
                        .map(CpuCompats::named)
                        .toList());
    }

    /** Hosts of one kind keep it low together: none of them would change anything by going alone. */
    private static List<CpuCompat.KeptLow> keptLow(
            List<HostSnapshot> voters, Architecture architecture, Accelerator accelerator, @Nullable String computed) {
        Map<List<String>, List<HostSnapshot>> kinds = voters.stream()
                .collect(Collectors.groupingBy(
                        host -> host.mobility().models(accelerator), LinkedHashMap::new, Collectors.toList()));
        List<CpuCompat.KeptLow> low = new ArrayList<>();
        for (List<HostSnapshot> kind : kinds.values()) {
            List<HostSnapshot> others =
                    voters.stream().filter(host -> !kind.contains(host)).toList();
            CpuBaseline.of(others, architecture, accelerator)
                    .filter(better -> !better.equals(computed))
                    .ifPresent(better -> kind.stream()
                            .limit(MOST_NAMES)
                            .map(host -> new CpuCompat.KeptLow(host.id(), host.name(), best(host, accelerator), better))
                            .forEach(low::add));
        }
        return low;
    }

    private static @Nullable String best(HostSnapshot host, Accelerator accelerator) {
        List<String> models = host.mobility().models(accelerator);
        return models.isEmpty() ? null : models.getLast();
    }

    private static CpuCompat.Named named(HostSnapshot host) {
        return new CpuCompat.Named(host.id(), host.name());
    }

    private static CpuCompat.Host host(HostSnapshot host) {
        Mobility mobility = host.mobility();
        String notCounted = null;
        if (!host.alive()) {
            notCounted = "it has not reported for " + host.silence().toSeconds() + " s";
        } else if (host.maintenance()) {
            notCounted = "it is in maintenance";
        } else if (mobility.cpuModels().isEmpty()) {
            notCounted = "it does not say which CPU models it has";
        }
        return new CpuCompat.Host(
                host.id(), host.name(), host.architecture(), mobility.cpu(), mobility.cpuModels(), notCounted);
    }

    /** What guests share that could go to the same hosts. @param like for those pinned to none: what their host has */
    private record Pin(
            Architecture architecture,
            Accelerator accelerator,
            @Nullable String model,
            @Nullable String cpu,
            @Nullable List<String> like) {}

    private record Found(Pin pin, HostSnapshot host, long count, List<CpuCompat.Guest> some) {}

    private List<CpuCompat.Guests> guests(List<HostSnapshot> hosts, @Nullable HostId only) {
        Map<HostId, HostSnapshot> byId =
                hosts.stream().collect(Collectors.toMap(HostSnapshot::id, Function.identity()));
        Map<Pin, List<Found>> pins = new LinkedHashMap<>();
        for (Found found : found(byId, only)) {
            pins.computeIfAbsent(found.pin(), _ -> new ArrayList<>()).add(found);
        }
        return pins.entrySet().stream()
                .map(pin -> guests(hosts, pin.getKey(), pin.getValue()))
                .filter(guests -> !guests.notOn().isEmpty())
                .toList();
    }

    private CpuCompat.Guests guests(List<HostSnapshot> hosts, Pin pin, List<Found> found) {
        PlacementRequest request = request(pin, found.getFirst().host());
        List<HostSnapshot> candidates = hosts.stream()
                .filter(host -> host.architecture() == pin.architecture())
                .toList();
        List<HostSnapshot> not = candidates.stream()
                .filter(host -> fleet.scheduler().refusals(host, request).stream()
                        .anyMatch(refused -> refused.rule().equals("cpu-model")
                                || refused.rule().equals("accelerator")))
                .toList();
        return new CpuCompat.Guests(
                pin.architecture(),
                pin.accelerator(),
                pin.model(),
                pin.cpu(),
                found.stream().mapToLong(Found::count).sum(),
                found.stream()
                        .flatMap(each -> each.some().stream())
                        .limit(MOST_NAMES)
                        .toList(),
                not.stream().limit(MOST_NAMES).map(CpuCompats::named).toList(),
                candidates.size() - not.size());
    }

    private static PlacementRequest request(Pin pin, HostSnapshot host) {
        String model = pin.model();
        Kept.Cpu cpu =
                model == null ? new Kept.Cpu.Like(pin.accelerator(), host.mobility()) : new Kept.Cpu.Named(model);
        return new PlacementRequest(
                        Resources.NONE,
                        pin.architecture(),
                        AcceleratorChoice.valueOf(pin.accelerator().name()))
                .keeping(new Kept(null, cpu, List.of()));
    }

    private List<Found> found(Map<HostId, HostSnapshot> hosts, @Nullable HostId only) {
        UUID host = only == null ? null : only.value();
        return jdbc.query("""
                        SELECT a.host_id, v.cpu_model, w.accelerator, count(*) AS guests,
                            array_to_string((array_agg(v.id || ' ' || v.name ORDER BY v.id))[1:?], chr(10)) AS some
                        FROM allocation a JOIN vm v ON v.id = a.vm_id JOIN host h ON h.id = a.host_id
                            CROSS JOIN LATERAL (SELECT coalesce(v.accelerator,
                                CASE v.accelerator_choice WHEN 'AUTO' THEN h.accelerator ELSE v.accelerator_choice END) AS accelerator) w
                        WHERE ?::uuid IS NULL OR a.host_id = ? GROUP BY 1, 2, 3 ORDER BY 2, 3, 1
                        """, (row, _) -> found(row, hosts), MOST_NAMES, host, host).stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Empty for a host that has come since the others were read. */
    private static Optional<Found> found(ResultSet row, Map<HostId, HostSnapshot> hosts) throws SQLException {
        HostId id = new HostId(row.getObject("host_id", UUID.class));
        HostSnapshot host = hosts.get(id);
        if (host == null) {
            return Optional.empty();
        }
        Accelerator with = Accelerator.valueOf(row.getString("accelerator"));
        String model = row.getString("cpu_model");
        List<String> like = model == null ? host.mobility().models(with) : null;
        String cpu = model == null ? host.mobility().cpu() : null;
        List<CpuCompat.Guest> some = Arrays.stream(row.getString("some").split("\n", -1))
                .map(guest -> guest.split(" ", 2))
                .map(guest -> new CpuCompat.Guest(VmId.of(guest[0]), guest[1], id))
                .toList();
        return Optional.of(
                new Found(new Pin(host.architecture(), with, model, cpu, like), host, row.getLong("guests"), some));
    }
}
