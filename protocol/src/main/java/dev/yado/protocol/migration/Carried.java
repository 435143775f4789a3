package dev.yado.protocol.migration;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What snapshots of a VM have on its source alone, and where the destination fetches it.
 *
 * @param sourceUrl where the source's daemon is called, {@code https://...}
 * @param bandwidthMiBs at most so fast; null: as fast as it goes
 */
public record Carried(String sourceUrl, @Nullable Integer bandwidthMiBs, List<CarriedDisk> disks) {
    public Carried {
        disks = List.copyOf(disks);
    }
}
