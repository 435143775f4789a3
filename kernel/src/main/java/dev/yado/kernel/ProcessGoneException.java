package dev.yado.kernel;

import java.io.IOException;

/** The process that was meant does not exist any more, though its pid may be in use. */
public final class ProcessGoneException extends IOException {
    private static final long serialVersionUID = 1;

    ProcessGoneException(ProcessIdentity identity, String how) {
        super("process " + identity.pid() + " is gone: " + how);
    }
}
