package dev.yado.simulator;

import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.migration.MigrationAgent;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How simulated hosts reach each other, as daemons do when a VM moves. */
public final class Neighbours {
    private final Map<HostId, MigrationAgent> hosts = new ConcurrentHashMap<>();

    void add(HostId id, MigrationAgent host) {
        hosts.put(id, host);
    }

    MigrationAgent require(HostId id) {
        MigrationAgent host = hosts.get(id);
        if (host == null) {
            throw new HostUnreachable("host " + id + " does not answer", new IOException("no such neighbour"));
        }
        return host;
    }
}
