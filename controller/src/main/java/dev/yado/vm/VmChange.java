package dev.yado.vm;

import dev.yado.protocol.DesiredState;
import org.jspecify.annotations.Nullable;

/**
 * What an operation on a VM is begun with.
 *
 * @param generation the change that it carries out: it is done when the host has reached this or a newer one
 * @param back what is wanted again when the operation is cancelled; null in operations of before cancels, for which the verb says
 */
public record VmChange(long generation, @Nullable DesiredState back) {
    public DesiredState backFrom(VmVerb verb) {
        return back == null ? verb.back() : back;
    }
}
