package dev.yado.scheduler;

import java.util.List;

/** All hosts at one moment. */
public record FleetSnapshot(List<HostSnapshot> hosts) {
    public FleetSnapshot {
        hosts = List.copyOf(hosts);
    }
}
