package dev.yado.protocol;

/**
 * What a controller asks of a host. Every call is idempotent and may be repeated or lost without harm; the result of the work
 * comes as {@link VmReport}s.
 */
public interface HostAgent {

    /**
     * Gives the host the whole desired VM and returns at once with what the host sees now, except that a hard stop has ended the
     * process before it returns.
     *
     * @throws HostRefusal {@link ErrorCode#STALE_GENERATION} for a lower generation or a fence that was overtaken;
     *     {@link ErrorCode#NETWORK_NOT_READY} when it is to run with a card in a network that the host was not given
     */
    VmReport put(CallFence fence, VmSpec spec);

    /**
     * Ends the guest hard, removes its disks and spec and remembers the generation, so that a late {@link #put} cannot bring it
     * back. Returns {@code ABSENT} when nothing is left, else the present state, with {@code ABSENT} to follow as a report.
     */
    VmReport delete(CallFence fence, VmId id, long generation);

    /** The host does not do what was asked and never will for this call. */
    final class HostRefusal extends YadoException {
        private static final long serialVersionUID = 1L;

        public HostRefusal(ErrorCode code, String detail) {
            super(code, detail);
        }
    }

    /** The host could not be reached or did not answer in time: nothing is known of what it did. */
    final class HostUnreachable extends YadoException {
        private static final long serialVersionUID = 1L;

        public HostUnreachable(String detail, Throwable cause) {
            super(ErrorCode.HOST_UNREACHABLE, detail, cause);
        }
    }
}
