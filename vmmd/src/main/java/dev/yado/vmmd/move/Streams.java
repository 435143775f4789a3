package dev.yado.vmmd.move;

import dev.yado.vmmd.qmp.QmpCommand;
import java.nio.file.Path;
import java.util.Map;

/** QEMU's words for an end of a stream. */
final class Streams {
    /**
     * Pages that the guest asks for do not come by a channel of their own: with one, over TLS and with its waits being counted, a
     * post-copy stood still in QEMU 7.2, with the guest in two halves.
     */
    static final boolean PREEMPT = false;

    private Streams() {}

    static QmpCommand.ObjectAdd credentials(Path keys, StreamKeys.End end) {
        return new QmpCommand.ObjectAdd(
                "tls-creds-x509",
                StreamKeys.ID,
                Map.of(
                        "dir",
                        keys.toString(),
                        "endpoint",
                        end.wire,
                        "verify-peer",
                        true,
                        // It looks whether our own authority is the one that we trust, which it is not.
                        "sanity-check",
                        false));
    }

    static String uri(String address, int port) {
        return "tcp:" + (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }
}
