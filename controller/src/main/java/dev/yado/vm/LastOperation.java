package dev.yado.vm;

import dev.yado.operation.OperationStatus;
import dev.yado.protocol.OperationId;
import org.jspecify.annotations.Nullable;

/** The newest operation on a VM, as far as the VM's state tells of it. */
record LastOperation(
        OperationId id,
        String kind,
        OperationStatus status,
        @Nullable String waitReason,
        @Nullable String errorCode,
        @Nullable String errorDetail) {

    boolean open() {
        return !status.ended();
    }

    boolean isOpen(VmVerb verb) {
        return open() && kind.equals(verb.kind());
    }
}
