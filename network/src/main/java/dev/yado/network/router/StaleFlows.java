package dev.yado.network.router;

import dev.yado.kernel.netlink.TrackedFlow;
import dev.yado.kernel.netlink.TrackedFlow.Tuple;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.HostRouter.FloatingIp;
import dev.yado.protocol.network.HostRouter.PortForwarding;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The flows that are translated otherwise than the router now would. The kernel asks the rules only at a flow's first packet; so that
 * a floating address leaves its old place at once, such flows are forgotten.
 */
final class StaleFlows implements Predicate<TrackedFlow> {
    private final Map<Ip, Ip> floating;
    private final Set<PortForwarding> forwardings;
    private final Set<Ip> sources = new HashSet<>();
    private final Map<Ip, Ip> outward;

    StaleFlows(HostRouter router) {
        floating = router.floatingIps().stream()
                .collect(Collectors.toMap(FloatingIp::address, FloatingIp::fixed, (first, _) -> first));
        forwardings = Set.copyOf(router.portForwardings());
        outward = RouterRules.outward(router);
        RouterRules.translated(router, false).ifPresent(sources::add);
        RouterRules.translated(router, true).ifPresent(sources::add);
        router.legs().forEach(leg -> leg.addresses().forEach(address -> sources.add(address.address())));
    }

    @Override
    public boolean test(TrackedFlow flow) {
        return staleDestination(flow.original(), flow.reply()) || staleSource(flow.original(), flow.reply());
    }

    private boolean staleDestination(Tuple original, Tuple reply) {
        Ip fixed = floating.get(original.destination());
        if (fixed != null) {
            return !fixed.equals(reply.source());
        }
        return !original.destination().equals(reply.source())
                && forwardings.stream()
                        .noneMatch(forwarding -> forwarding.address().equals(original.destination())
                                && RouterRules.number(forwarding) == original.protocol()
                                && forwarding.port() == original.destinationPort()
                                && forwarding.fixed().equals(reply.source())
                                && forwarding.fixedPort() == reply.sourcePort());
    }

    /** A flow that began before its sender had a floating address goes on under the router's. */
    private boolean staleSource(Tuple original, Tuple reply) {
        return !original.source().equals(reply.destination())
                && !reply.destination().equals(outward.get(original.source()))
                && !sources.contains(reply.destination());
    }
}
