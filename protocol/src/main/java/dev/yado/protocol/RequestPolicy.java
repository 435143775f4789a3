package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Decides whether a host takes a request, from what it remembers of the VM. No threads, no I/O: the daemon and simulated hosts
 * share it.
 */
public final class RequestPolicy {
    private RequestPolicy() {}

    /**
     * What a host remembers of one VM, also after it was deleted.
     *
     * @param spec the newest accepted spec; null once deleted
     * @param generation the newest accepted generation, of a spec or of the deletion
     * @param fence the newest accepted call
     */
    public record Memory(@Nullable VmSpec spec, long generation, CallFence fence) {}

    public sealed interface Decision {
        /** New: remember it, then act. */
        record Accept() implements Decision {}

        /** Known already: answer with the present state. */
        record Repeat() implements Decision {}

        record Refuse(ErrorCode code, String detail) implements Decision {}
    }

    public static Decision onPut(@Nullable Memory memory, CallFence fence, VmSpec spec) {
        if (spec.desired() == DesiredState.DELETED) {
            return new Decision.Refuse(ErrorCode.INVALID_REQUEST, "a spec cannot desire DELETED: use DELETE");
        }
        if (memory == null) {
            return new Decision.Accept();
        }
        Decision stale = refuseStale(memory, fence, spec.generation());
        if (stale != null) {
            return stale;
        }
        VmSpec known = memory.spec();
        if (spec.generation() == memory.generation()) {
            return spec.equals(known)
                    ? new Decision.Repeat()
                    : new Decision.Refuse(
                            ErrorCode.STALE_GENERATION,
                            known == null
                                    ? "generation " + spec.generation() + " deleted this VM"
                                    : "generation " + spec.generation() + " is known with another content");
        }
        if (known != null && spec.runEpoch() < known.runEpoch()) {
            return new Decision.Refuse(
                    ErrorCode.STALE_GENERATION,
                    "run epoch " + spec.runEpoch() + " is lower than the known " + known.runEpoch());
        }
        return new Decision.Accept();
    }

    public static Decision onDelete(@Nullable Memory memory, CallFence fence, long generation) {
        if (memory == null) {
            return new Decision.Accept();
        }
        Decision stale = refuseStale(memory, fence, generation);
        if (stale != null) {
            return stale;
        }
        if (generation == memory.generation() && memory.spec() != null) {
            return new Decision.Refuse(
                    ErrorCode.STALE_GENERATION,
                    "generation " + generation + " is a spec, a deletion needs a higher one");
        }
        return generation == memory.generation() ? new Decision.Repeat() : new Decision.Accept();
    }

    private static @Nullable Decision refuseStale(Memory memory, CallFence fence, long generation) {
        if (generation < memory.generation()) {
            return new Decision.Refuse(
                    ErrorCode.STALE_GENERATION,
                    "generation " + generation + " is lower than the known " + memory.generation());
        }
        CallFence newest = memory.fence();
        if (fence.operation().equals(newest.operation()) && fence.epoch() < newest.epoch()) {
            return new Decision.Refuse(
                    ErrorCode.STALE_GENERATION,
                    "operation " + fence.operation() + " has been taken over at epoch " + newest.epoch()
                            + ", this call has " + fence.epoch());
        }
        return null;
    }
}
