package dev.yado.drift;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.DriftApi;
import dev.yado.api.generated.model.DriftPage;
import dev.yado.api.generated.model.DriftResolve;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class DriftController implements DriftApi {
    private final Drift drift;
    private final CurrentCaller caller;

    DriftController(Drift drift, CurrentCaller caller) {
        this.drift = drift;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<DriftPage> listDrift(
            Integer limit,
            @Nullable String cursor,
            @Nullable UUID hostId,
            @Nullable UUID vmId,
            @Nullable String kind,
            @Nullable String severity,
            Boolean healed) {
        Drift.Filter filter = new Drift.Filter(
                hostId == null ? null : new HostId(hostId),
                vmId == null ? null : new VmId(vmId),
                kind,
                severity,
                healed);
        // A cursor of what lasts would skip some of all.
        PageRequest request = PageRequest.of(healed ? "all-drift" : "drift", limit, cursor);
        Page<dev.yado.api.generated.model.Drift> page =
                drift.list(caller.get(), request, filter).map(DriftController::json);
        return ResponseEntity.ok(new DriftPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Drift> getDrift(UUID driftId) {
        return ResponseEntity.ok(json(drift.get(caller.get(), driftId)));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Drift> resolveDrift(UUID driftId, DriftResolve resolve) {
        DriftEntry.Resolution resolution =
                DriftEntry.Resolution.valueOf(resolve.getAction().name());
        return ResponseEntity.ok(json(drift.resolve(caller.get(), driftId, resolution)));
    }

    private static dev.yado.api.generated.model.Drift json(DriftEntry entry) {
        HostId host = entry.host();
        VmId vm = entry.vm();
        DriftEntry.Resolution resolution = entry.resolution();
        return new dev.yado.api.generated.model.Drift(
                        entry.id(),
                        entry.kind().name(),
                        dev.yado.api.generated.model.Drift.SeverityEnum.valueOf(
                                entry.kind().severity().name()),
                        dev.yado.api.generated.model.Drift.StatusEnum.valueOf(
                                entry.status().name()),
                        entry.object(),
                        entry.wanted(),
                        entry.reported(),
                        entry.real(),
                        entry.kind().rule().name(),
                        entry.kind().rule().does(),
                        entry.kind().advice(),
                        time(entry.since()),
                        time(entry.lastSeenAt()),
                        entry.times())
                .hostId(host == null ? null : host.value())
                .hostName(entry.hostName())
                .vmId(vm == null ? null : vm.value())
                .healedAt(entry.healedAt() == null ? null : time(entry.healedAt()))
                .healedBy(entry.healedBy())
                .resolution(
                        resolution == null
                                ? null
                                : dev.yado.api.generated.model.Drift.ResolutionEnum.valueOf(resolution.name()))
                .resolutionNote(entry.resolutionNote());
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
