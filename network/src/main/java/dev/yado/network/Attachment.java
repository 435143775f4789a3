package dev.yado.network;

import dev.yado.kernel.TapDevice;
import dev.yado.protocol.NicId;

/**
 * A card's place, held open for the process that is to have the card. The process inherits the descriptor; the caller closes this
 * as soon as the process has been started, or was not. The place lasts as long as one of both holds it.
 */
public record Attachment(NicId nic, TapDevice tap) implements AutoCloseable {
    @Override
    public void close() {
        tap.close();
    }
}
