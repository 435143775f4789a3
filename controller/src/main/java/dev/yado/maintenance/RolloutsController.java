package dev.yado.maintenance;

import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.HostUpgradesApi;
import dev.yado.api.generated.model.HostUpgrade;
import dev.yado.api.generated.model.HostUpgradeBegin;
import dev.yado.api.generated.model.HostUpgradeHost;
import dev.yado.api.generated.model.Operation;
import dev.yado.operation.OperationJson;
import dev.yado.operation.Operations;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class RolloutsController implements HostUpgradesApi {
    private final Rollouts rollouts;
    private final Operations operations;
    private final CurrentCaller caller;

    RolloutsController(Rollouts rollouts, Operations operations, CurrentCaller caller) {
        this.rollouts = rollouts;
        this.operations = operations;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Operation> beginHostUpgrade(HostUpgradeBegin asked) {
        List<HostId> hosts = asked.getHostIds() == null
                ? List.of()
                : asked.getHostIds().stream().map(HostId::new).toList();
        OperationId id =
                rollouts.begin(caller.get(), hosts, asked.getVersion(), MaintenanceJson.drain(asked.getDrain()));
        return ResponseEntity.accepted()
                .header(HttpHeaders.LOCATION, URI.create("/v1/operations/" + id).toString())
                .body(OperationJson.of(operations.find(id).orElseThrow(), true));
    }

    @Override
    public ResponseEntity<HostUpgrade> getHostUpgrade(UUID upgradeId) {
        Rollout rollout = rollouts.get(caller.get(), upgradeId);
        return ResponseEntity.ok(new HostUpgrade(
                        rollout.id(),
                        rollout.operation().value(),
                        rollout.hosts().stream().map(RolloutsController::json).toList())
                .version(rollout.version()));
    }

    private static HostUpgradeHost json(Rollout.Host host) {
        return new HostUpgradeHost(
                host.id().value(),
                host.name(),
                HostUpgradeHost.StateEnum.valueOf(host.state().name()),
                host.versionBefore(),
                host.version());
    }
}
