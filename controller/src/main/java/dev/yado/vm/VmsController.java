package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.VmsApi;
import dev.yado.api.generated.model.Operation;
import dev.yado.api.generated.model.Vm;
import dev.yado.api.generated.model.VmCreate;
import dev.yado.api.generated.model.VmPage;
import dev.yado.api.generated.model.VmStop;
import dev.yado.operation.OperationJson;
import dev.yado.operation.Operations;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class VmsController implements VmsApi {
    private static final StopPolicy STOP_BY_DEFAULT = new StopPolicy(StopPolicy.Mode.GRACEFUL, 60);

    private final Vms vms;
    private final Operations operations;
    private final CurrentCaller caller;

    VmsController(Vms vms, Operations operations, CurrentCaller caller) {
        this.vms = vms;
        this.operations = operations;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Operation> createVm(VmCreate vm) {
        return accepted(vms.create(caller.get(), VmJson.newVm(vm)));
    }

    @Override
    public ResponseEntity<Vm> getVm(UUID vmId) {
        return ResponseEntity.ok(VmJson.of(vms.get(caller.get(), new VmId(vmId))));
    }

    @Override
    public ResponseEntity<VmPage> listVms(Integer limit, @Nullable String cursor, @Nullable String name) {
        Page<Vm> page = vms.list(caller.get(), PageRequest.of("vms", limit, cursor), name)
                .map(VmJson::of);
        return ResponseEntity.ok(new VmPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Operation> startVm(UUID vmId) {
        return accepted(vms.start(caller.get(), new VmId(vmId)));
    }

    @Override
    public ResponseEntity<Operation> stopVm(UUID vmId, @Nullable VmStop stop) {
        return accepted(vms.stop(caller.get(), new VmId(vmId), stop == null ? STOP_BY_DEFAULT : VmJson.policy(stop)));
    }

    @Override
    public ResponseEntity<Operation> rebootVm(UUID vmId) {
        return accepted(vms.reboot(caller.get(), new VmId(vmId)));
    }

    @Override
    public ResponseEntity<Operation> pauseVm(UUID vmId) {
        return accepted(vms.pause(caller.get(), new VmId(vmId)));
    }

    @Override
    public ResponseEntity<Operation> resumeVm(UUID vmId) {
        return accepted(vms.resume(caller.get(), new VmId(vmId)));
    }

    @Override
    public ResponseEntity<Operation> deleteVm(UUID vmId) {
        return accepted(vms.delete(caller.get(), new VmId(vmId)));
    }

    private ResponseEntity<Operation> accepted(OperationId id) {
        Caller who = caller.get();
        Operation operation = OperationJson.of(operations.find(id).orElseThrow(), who.isAdministrator());
        return ResponseEntity.accepted()
                .header(HttpHeaders.LOCATION, URI.create("/v1/operations/" + id).toString())
                .body(operation);
    }
}
