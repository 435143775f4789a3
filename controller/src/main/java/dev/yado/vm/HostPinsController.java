package dev.yado.vm;

import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.PinsApi;
import dev.yado.api.generated.model.HostPin;
import dev.yado.api.generated.model.Vm;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class HostPinsController implements PinsApi {
    private final HostPins pins;
    private final CurrentCaller caller;

    HostPinsController(HostPins pins, CurrentCaller caller) {
        this.pins = pins;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Vm> pinVm(UUID vmId, @Nullable HostPin pin) {
        UUID host = pin == null ? null : pin.getHostId();
        return answer(pins.pin(caller.get(), new VmId(vmId), host == null ? null : new HostId(host)));
    }

    @Override
    public ResponseEntity<Vm> unpinVm(UUID vmId) {
        return answer(pins.unpin(caller.get(), new VmId(vmId)));
    }

    private static ResponseEntity<Vm> answer(VmView vm) {
        return ResponseEntity.ok().eTag(vm.etag().text()).body(VmJson.of(vm));
    }
}
