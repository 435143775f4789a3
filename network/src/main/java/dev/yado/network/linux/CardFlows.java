package dev.yado.network.linux;

import dev.yado.kernel.netlink.FlowSocket;
import dev.yado.kernel.netlink.TrackedFlow;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The flows of one card, between the kernel and another host. */
record CardFlows(NetworkId network, Port port) {
    List<MovedFlow> of(Ground ground) throws IOException {
        try (FlowSocket socket = FlowSocket.open(ground.namespace())) {
            return socket.flows().stream()
                    .map(this::told)
                    .filter(this::concerns)
                    .toList();
        }
    }

    void admit(Ground ground, List<MovedFlow> flows) throws IOException {
        List<TrackedFlow> own = flows.stream()
                .filter(flow -> flow.network().equals(network) && concerns(flow))
                .map(CardFlows::tracked)
                .toList();
        if (!own.isEmpty()) {
            try (FlowSocket socket = FlowSocket.open(ground.namespace())) {
                socket.add(own);
            }
        }
    }

    private boolean concerns(MovedFlow flow) {
        return has(flow.original().source()) || has(flow.original().destination());
    }

    private boolean has(Ip address) {
        return port.addresses().contains(address)
                || port.alsoAllowed().stream().anyMatch(range -> range.contains(address));
    }

    private MovedFlow told(TrackedFlow flow) {
        TrackedFlow.Tcp tcp = flow.tcp();
        return new MovedFlow(
                network,
                told(flow.original()),
                told(flow.reply()),
                flow.answered(),
                flow.assured(),
                flow.timeoutSeconds(),
                tcp == null ? null : new MovedFlow.Tcp(tcp.state(), tcp.originalScale(), tcp.replyScale()));
    }

    private static MovedFlow.Tuple told(TrackedFlow.Tuple tuple) {
        return new MovedFlow.Tuple(
                tuple.source(), tuple.destination(), tuple.protocol(), tuple.sourcePort(), tuple.destinationPort());
    }

    private static TrackedFlow tracked(MovedFlow flow) {
        return new TrackedFlow(
                tracked(flow.original()),
                tracked(flow.reply()),
                flow.answered(),
                flow.assured(),
                flow.timeoutSeconds(),
                tracked(flow.tcp()));
    }

    private static TrackedFlow.Tuple tracked(MovedFlow.Tuple tuple) {
        return new TrackedFlow.Tuple(
                tuple.source(), tuple.destination(), tuple.protocol(), tuple.sourcePort(), tuple.destinationPort());
    }

    private static TrackedFlow.@Nullable Tcp tracked(MovedFlow.@Nullable Tcp tcp) {
        return tcp == null ? null : new TrackedFlow.Tcp(tcp.state(), tcp.originalScale(), tcp.replyScale());
    }
}
