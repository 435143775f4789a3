package dev.yado.sync;

import dev.yado.host.NetworkAgents;
import dev.yado.network.Drawing;
import dev.yado.network.HostNetworks;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.NetworkAnswer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The calls to hosts about networks, for flows and reconcilers. That a host cannot be reached is no answer: it is thrown. */
@Component
public class NetworkCalls {
    private final HostNetworks networks;
    private final NetworkAgents hosts;

    NetworkCalls(HostNetworks networks, NetworkAgents hosts) {
        this.networks = networks;
        this.hosts = hosts;
    }

    /** What came of telling a host. */
    public sealed interface Told {
        /** @param problem why the host does not wholly carry it; null: it is in force */
        record Accepted(long generation, @Nullable String problem) implements Told {}

        /** The host knows a newer one, from somebody else. */
        record Overtaken() implements Told {}

        record Refused(ErrorCode code, String detail) implements Told {}
    }

    /** Gives the host the newest of the network, unless it has acknowledged that without a problem. */
    public Told put(NetworkId id, HostId host) {
        if (networks.isCarried(id, host)) {
            return new Told.Accepted(0, null);
        }
        return networks.draw(id)
                .map(drawing -> put(drawing, host))
                .orElseGet(() -> new Told.Refused(ErrorCode.NOT_FOUND, "the network " + id + " is gone"));
    }

    /** Gives the host this state of the network. */
    public Told put(Drawing drawing, HostId host) {
        try {
            NetworkAnswer answer = hosts.networkOf(host).put(drawing.at(host));
            return new Told.Accepted(answer.generation(), answer.problem());
        } catch (HostRefusal refusal) {
            return refused(refusal);
        }
    }

    /** The host is not to carry it any more. */
    public Told delete(NetworkId id, HostId host, long generation) {
        try {
            NetworkAnswer answer = hosts.networkOf(host).deleteNetwork(id, generation);
            return new Told.Accepted(answer.generation(), answer.problem());
        } catch (HostRefusal refusal) {
            return refused(refusal);
        }
    }

    private static Told refused(HostRefusal refusal) {
        return refusal.code() == ErrorCode.STALE_GENERATION
                ? new Told.Overtaken()
                : new Told.Refused(refusal.code(), String.valueOf(refusal.getMessage()));
    }
}
