package dev.yado.vm;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;

/** What a call on a VM comes to, given how the VM is: decided the same way for the call and for its plan. */
sealed interface Course {
    /** The open operation does already what is asked. */
    record Joins(OperationId operation) implements Course {}

    /** It is so already. */
    record Nothing(String why) implements Course {}

    record Refused(ErrorCode code, String why) implements Course {}

    /**
     * What is wanted from then on; an operation carries it out.
     *
     * @param back what is wanted again when that is cancelled
     */
    record Changes(DesiredState desired, long runEpoch, long reboots, StopPolicy stop, DesiredState back)
            implements Course {}
}
