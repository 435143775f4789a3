package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.GuestStory;
import java.time.Duration;

/** Asks a host what it knows of a guest, and changes nothing. Never called inside a transaction. */
public interface HostWitness {
    /**
     * @throws dev.yado.protocol.HostAgent.HostUnreachable when it does not answer in time
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@code NOT_FOUND} when it knows no such VM
     */
    GuestStory story(HostId host, VmId vm, Duration patience);
}
