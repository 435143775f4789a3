package dev.yado.vmmd;

import dev.yado.protocol.HostOptions;
import dev.yado.storage.repository.RepositoryPlace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * @param state of a host that has joined
 * @param listen port 0 takes any free one
 * @param controllers replicas of one controller; none for a host that only listens
 * @param qemuUser {@code NAME} or {@code UID:GID}; empty for the daemon's own
 * @param qemu a path, or a name to look for in PATH
 * @param inventoryPeriod between two looks at what is really on the host
 * @param advertise where the controller reaches this daemon; empty for the address that it listens on
 * @param streams where memory and disks of guests come in, as other hosts reach it; empty for where its API is reached
 * @param metrics where metrics, health and readiness are told; empty for nowhere
 * @param backupJobs that are carried out beside one another
 * @param repositories of backups, by name, and where they are
 * @param sharedPools pools that other hosts see as well, by name, and where they are mounted
 */
public record DaemonOptions(
        Path state,
        InetSocketAddress listen,
        List<URI> controllers,
        Optional<String> qemuUser,
        Path qemu,
        Optional<URI> advertise,
        Optional<InetAddress> streams,
        Optional<InetSocketAddress> metrics,
        Duration inventoryPeriod,
        NetworkOptions network,
        Map<String, Path> sharedPools,
        Map<String, RepositoryPlace> repositories,
        int backupJobs) {
    public DaemonOptions {
        controllers = List.copyOf(controllers);
        sharedPools = Map.copyOf(sharedPools);
        repositories = Map.copyOf(repositories);
    }

    /** What is the host's, whichever machine it is. */
    HostOptions ofHost() {
        SortedMap<String, String> pools = new TreeMap<>();
        sharedPools.forEach((name, directory) -> pools.put(name, directory.toString()));
        SortedMap<String, String> places = new TreeMap<>();
        SortedMap<String, String> keys = new TreeMap<>();
        repositories.forEach((name, place) -> {
            places.put(name, place.text());
            if (place.keys() != null) {
                keys.put(name, place.keys().toString());
            }
        });
        return new HostOptions(
                pools,
                places,
                keys,
                backupJobs,
                new TreeMap<>(network.providers()),
                network.underlayDevice().orElse(null),
                !network.off());
    }

    /** An address that other hosts reach. */
    String streamsAt() throws IOException {
        if (streams.isPresent()) {
            return streams.get().getHostAddress();
        }
        if (!listen.getAddress().isAnyLocalAddress()) {
            return listen.getAddress().getHostAddress();
        }
        if (advertise.isPresent()) {
            return InetAddress.getByName(advertise.get().getHost()).getHostAddress();
        }
        return InetAddress.getLocalHost().getHostAddress();
    }
}
