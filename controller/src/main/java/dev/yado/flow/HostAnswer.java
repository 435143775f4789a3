package dev.yado.flow;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmReport;

/** What came of a call to a VM's host. That the host could not be reached is none of these: it is thrown, and the call repeated. */
sealed interface HostAnswer {
    record Accepted(VmReport report) implements HostAnswer {}

    /** The host will never do this call. */
    record Refused(ErrorCode code, String detail) implements HostAnswer {
        boolean overtaken() {
            return code == ErrorCode.STALE_GENERATION;
        }
    }

    /** It is not known which of two hosts it is on, so nothing was called. */
    record Moving(String reason) implements HostAnswer {}

    /** The VM has no host, so nothing was called. */
    record NoPlace() implements HostAnswer {}

    /** The VM's row is gone. */
    record NoVm() implements HostAnswer {}
}
