package dev.yado.vmmd.network;

import dev.yado.network.Applied;
import dev.yado.network.Attachment;
import dev.yado.network.Carried;
import dev.yado.network.Difference;
import dev.yado.network.NetworkDriver;
import dev.yado.network.PortCounters;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Carries no network, and says why: the daemon is not root, the kernel lacks something, or the operator wants none. */
public record NoDriver(String why) implements NetworkDriver {
    @Override
    public NetworkFacts facts() {
        return new NetworkFacts("none", null, 0, List.of(), why);
    }

    @Override
    public Applied apply(HostNetwork network) {
        return new Applied(why, List.of());
    }

    @Override
    public Applied remove(NetworkId network) {
        return new Applied(null, List.of());
    }

    @Override
    public Attachment attach(HostNetwork network, NicId nic) {
        throw new HostRefusal(ErrorCode.NETWORK_NOT_READY, why);
    }

    @Override
    public void detach(NetworkId network, NicId nic) {}

    @Override
    public void arrived(HostNetwork network, NicId nic) {
        throw new HostRefusal(ErrorCode.NETWORK_NOT_READY, why);
    }

    @Override
    public void departed(HostNetwork network, NicId nic) {
        throw new HostRefusal(ErrorCode.NETWORK_NOT_READY, why);
    }

    @Override
    public List<MovedFlow> flows(HostNetwork network, NicId nic) {
        return List.of();
    }

    @Override
    public void admit(HostNetwork network, NicId nic, List<MovedFlow> flows) {}

    @Override
    public Applied apply(HostRouter router) {
        return new Applied(why, List.of());
    }

    @Override
    public Applied remove(RouterId router) {
        return new Applied(null, List.of());
    }

    @Override
    public Carried carried() {
        return new Carried(Set.of(), Set.of(), Map.of());
    }

    @Override
    public List<Difference> differences(HostNetwork wanted) {
        return List.of();
    }

    @Override
    public List<Difference> differences(HostRouter wanted) {
        return List.of();
    }

    @Override
    public Map<NicId, PortCounters> counters() {
        return Map.of();
    }

    @Override
    public PacketTrace.Answer trace(PacketTrace.Question question, HostNetwork wanted) {
        return new PacketTrace.Answer(
                List.of(new PacketTrace.Hop("host", PacketTrace.Verdict.PASS, PacketTrace.Verdict.DROP, why)));
    }

    @Override
    public void close() {}
}
