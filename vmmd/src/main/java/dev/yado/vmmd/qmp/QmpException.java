package dev.yado.vmmd.qmp;

import java.io.IOException;

/** QEMU refused a command, did not answer in time or ended the conversation; the message says which. */
public final class QmpException extends IOException {
    private static final long serialVersionUID = 1L;

    public QmpException(String message) {
        super(message);
    }

    QmpException(String message, Throwable cause) {
        super(message, cause);
    }
}
