package dev.yado.maintenance;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.MaintenanceApi;
import dev.yado.api.generated.model.HostDrain;
import dev.yado.api.generated.model.HostDrainPlan;
import dev.yado.api.generated.model.HostMaintenance;
import dev.yado.api.generated.model.MaintenanceDecisions;
import dev.yado.api.generated.model.Operation;
import dev.yado.operation.OperationJson;
import dev.yado.operation.Operations;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class MaintenanceController implements MaintenanceApi {
    private final Maintenances maintenances;
    private final Operations operations;
    private final CurrentCaller caller;

    MaintenanceController(Maintenances maintenances, Operations operations, CurrentCaller caller) {
        this.maintenances = maintenances;
        this.operations = operations;
        this.caller = caller;
    }

    /** The contract has two answers, 200 with a plan and 202 with an operation; the generated interface knows only the first. */
    @Override
    @SuppressWarnings("unchecked")
    public ResponseEntity<HostDrainPlan> drainHost(UUID hostId, @Nullable String dryRun, @Nullable HostDrain asked) {
        Caller who = caller.get();
        HostId host = new HostId(hostId);
        Drain drain = MaintenanceJson.drain(asked);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(MaintenanceJson.of(maintenances.plan(who, host, drain)));
        }
        OperationId id = maintenances.begin(who, host, drain);
        Operation operation = OperationJson.of(operations.find(id).orElseThrow(), true);
        ResponseEntity<?> answer = ResponseEntity.accepted()
                .header(HttpHeaders.LOCATION, URI.create("/v1/operations/" + id).toString())
                .body(operation);
        return (ResponseEntity<HostDrainPlan>) answer;
    }

    @Override
    public ResponseEntity<HostMaintenance> getHostMaintenance(UUID hostId) {
        return ResponseEntity.ok(MaintenanceJson.of(maintenances.get(caller.get(), new HostId(hostId))));
    }

    @Override
    public ResponseEntity<Void> endHostMaintenance(UUID hostId) {
        maintenances.end(caller.get(), new HostId(hostId));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<HostMaintenance> decideHostMaintenance(UUID hostId, MaintenanceDecisions asked) {
        return ResponseEntity.ok(MaintenanceJson.of(maintenances.decide(
                caller.get(), new HostId(hostId), MaintenanceJson.decisions(asked.getStop(), asked.getLeave()))));
    }
}
