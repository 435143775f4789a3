package dev.yado.backup;

import dev.yado.protocol.VmId;
import java.util.Optional;

/** What guests say of themselves. This package knows no hosts' streams: who does implements it. */
public interface SignsOfLife {
    /** The last that the guest has written to its console, printable; empty when it has written nothing, or its host cannot say. Never inside a transaction. */
    Optional<String> lastWords(VmId vm);
}
