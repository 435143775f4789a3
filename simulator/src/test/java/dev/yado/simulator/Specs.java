package dev.yado.simulator;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.util.List;

/** What a controller sends. */
final class Specs {
    private static final VmShape SHAPE = new VmShape(1, new Mebibytes(256), AcceleratorChoice.AUTO, List.of(), null);
    private static final TenantId TENANT = TenantId.random();

    private Specs() {}

    static VmSpec spec(VmId vm, long generation, long runEpoch, DesiredState desired) {
        return new VmSpec(vm, TENANT, "vm", generation, runEpoch, desired, StopPolicy.HARD, 0, SHAPE, null);
    }

    static CallFence fence() {
        return new CallFence(OperationId.random(), "test", 1);
    }
}
