package dev.yado.maintenance;

import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that are upgraded one after the other.
 *
 * @param version what each is to come back with; null: any other than before
 */
record Rollout(UUID id, OperationId operation, @Nullable String version, Drain drain, List<Host> hosts) {
    Rollout {
        hosts = List.copyOf(hosts);
    }

    enum State {
        WAITING,
        DRAINING,
        /** It is empty: whoever installs daemons may begin. */
        UPGRADING,
        DONE
    }

    /** @param restarted its daemon is not the process any more that it was */
    record Host(
            HostId id,
            String name,
            State state,
            String versionBefore,
            String version,
            boolean restarted,
            boolean alive) {}

    Optional<Host> present() {
        return hosts.stream().filter(host -> host.state() != State.DONE).findFirst();
    }

    boolean upgraded(Host host) {
        return host.alive()
                && (version == null
                        ? host.restarted() || !host.version().equals(host.versionBefore())
                        : host.version().equals(version));
    }
}
