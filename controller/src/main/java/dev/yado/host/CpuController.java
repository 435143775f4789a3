package dev.yado.host;

import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.CpusApi;
import dev.yado.api.generated.model.CpuBaseline;
import dev.yado.api.generated.model.CpuBaselineList;
import dev.yado.api.generated.model.CpuBaselineSet;
import dev.yado.api.generated.model.CpuCompatibility;
import dev.yado.api.generated.model.CpuGuest;
import dev.yado.api.generated.model.CpuGuests;
import dev.yado.api.generated.model.CpuHost;
import dev.yado.api.generated.model.CpuKeptLow;
import dev.yado.api.generated.model.HostName;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class CpuController implements CpusApi {
    private final CpuCompats compats;
    private final CpuBaselines baselines;
    private final Hosts hosts;
    private final CurrentCaller caller;

    CpuController(CpuCompats compats, CpuBaselines baselines, Hosts hosts, CurrentCaller caller) {
        this.compats = compats;
        this.baselines = baselines;
        this.hosts = hosts;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<CpuCompatibility> getCpuCompatibility(@Nullable UUID hostId) {
        caller.get().requireAdministrator();
        HostId host = hostId == null ? null : new HostId(hostId);
        if (host != null) {
            hosts.address(host);
        }
        CpuCompat found = compats.explain(host);
        return ResponseEntity.ok(new CpuCompatibility(
                found.baselines().stream().map(CpuController::json).toList(),
                found.hosts().stream().map(CpuController::json).toList(),
                found.guests().stream().map(CpuController::json).toList()));
    }

    @Override
    public ResponseEntity<CpuBaselineList> getCpuBaselines() {
        caller.get().requireAdministrator();
        return ResponseEntity.ok(new CpuBaselineList(
                compats.baselines().stream().map(CpuController::json).toList()));
    }

    @Override
    public ResponseEntity<CpuBaselineList> setCpuBaseline(CpuBaselineSet asked) {
        baselines.set(
                caller.get(),
                Architecture.valueOf(asked.getArchitecture().getValue().toUpperCase(Locale.ROOT)),
                Accelerator.valueOf(asked.getAccelerator().getValue().toUpperCase(Locale.ROOT)),
                asked.getModel(),
                asked.getSomeHostsMayLack());
        return getCpuBaselines();
    }

    private static CpuBaseline json(CpuCompat.Baseline baseline) {
        Instant set = baseline.setAt();
        return new CpuBaseline(
                        CpuBaseline.ArchitectureEnum.fromValue(word(baseline.architecture())),
                        CpuBaseline.AcceleratorEnum.fromValue(word(baseline.accelerator())),
                        baseline.keptLowBy().stream()
                                .map(low ->
                                        new CpuKeptLow(low.id().value(), low.name(), low.otherwise()).best(low.best()))
                                .toList(),
                        names(baseline.lacking()))
                .model(baseline.model())
                .computed(baseline.computed())
                .setAt(set == null ? null : set.atOffset(ZoneOffset.UTC));
    }

    private static CpuHost json(CpuCompat.Host host) {
        Map<String, List<String>> models = new TreeMap<>();
        host.models().forEach((with, names) -> models.put(word(with), names));
        return new CpuHost(host.id().value(), host.name(), word(host.architecture()), host.cpu(), models)
                .notCounted(host.notCounted());
    }

    private static CpuGuests json(CpuCompat.Guests guests) {
        return new CpuGuests(
                        word(guests.architecture()),
                        word(guests.accelerator()),
                        guests.count(),
                        guests.some().stream()
                                .map(guest -> new CpuGuest(
                                        guest.id().value(),
                                        guest.name(),
                                        guest.host().value()))
                                .toList(),
                        names(guests.notOn()),
                        guests.possibleOn())
                .model(guests.model())
                .cpu(guests.cpu());
    }

    private static List<HostName> names(List<CpuCompat.Named> hosts) {
        return hosts.stream()
                .map(host -> new HostName(host.id().value(), host.name()))
                .toList();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
