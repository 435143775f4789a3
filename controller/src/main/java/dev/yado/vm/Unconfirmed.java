package dev.yado.vm;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;

/**
 * The controller was restored from a backup, and no host has said yet what it holds of the VM: nothing is sent to any.
 *
 * @param nowhere all hosts have said that they hold nothing of it: it can be deleted
 */
public record Unconfirmed(String reason, boolean nowhere) {
    String said() {
        return ErrorCode.VM_UNCONFIRMED + ": " + reason;
    }

    YadoException refusal(String vm) {
        return new YadoException(ErrorCode.VM_UNCONFIRMED, "nothing is done with VM " + vm + ": " + reason);
    }
}
