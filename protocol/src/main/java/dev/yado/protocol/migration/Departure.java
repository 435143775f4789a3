package dev.yado.protocol.migration;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.address.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM that is to leave a host.
 *
 * @param destinationUrl of the other daemon's API, for {@code go}
 * @param endpoint where it is READY
 * @param destinationCertificates of the authority that the destination's end of the streams is signed by, PEM
 * @param tunnelEndpoint of the destination in the underlay: where this host relays packets for the guest's cards to from the moment
 *     it has gone until all others know its place; null when it has none
 * @param copied disks that are filled over NBD before the memory goes
 */
public record Departure(
        MigrationId id,
        HostId to,
        String destinationUrl,
        ArrivalAnswer.Endpoint endpoint,
        String destinationCertificates,
        @Nullable Ip tunnelEndpoint,
        List<DiskId> copied,
        MigrationGoal goal) {
    public Departure {
        copied = List.copyOf(copied);
    }
}
