package dev.yado.protocol.inventory;

import dev.yado.protocol.HostId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is really on a host, as its daemon found it by looking: every 20 s, apart from its reports.
 *
 * @param incarnation grows with every start of the daemon
 * @param number grows with every inventory of one incarnation
 * @param takenAt by the host's clock
 * @param contents null: as in the inventory before, which the controller has accepted
 */
public record HostInventory(
        HostId hostId,
        long incarnation,
        long number,
        Instant takenAt,
        @Nullable Contents contents) {

    /**
     * @param guests every VM that is not absent
     * @param files disks and images, with those that should be there and are not
     * @param open what is not as it should be
     * @param healed what was brought in order since the last accepted inventory
     */
    public record Contents(
            List<GuestFound> guests, List<FileFound> files, List<DriftFinding> open, List<DriftFinding> healed) {
        public Contents {
            guests = List.copyOf(guests);
            files = List.copyOf(files);
            open = List.copyOf(open);
            healed = List.copyOf(healed);
        }
    }
}
