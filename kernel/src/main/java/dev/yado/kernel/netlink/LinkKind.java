package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;
import org.jspecify.annotations.Nullable;

/** What sort of network device a link is, with what tells one of the sort from another. */
public sealed interface LinkKind {

    /**
     * A bridge without spanning tree.
     *
     * @param filterIpv4 whether what it forwards passes the inet hooks of netfilter, so that connections are tracked
     */
    record Bridge(boolean filterIpv4, boolean filterIpv6, boolean filterArp, boolean multicastSnooping)
            implements LinkKind {}

    /**
     * A tunnel over UDP that learns nothing: it sends where its forwarding entries say.
     *
     * @param local the address it sends from; null when it was made without
     */
    record Vxlan(int vni, @Nullable Ip local, int port, boolean learning) implements LinkKind {
        public Vxlan(int vni, Ip local, int port) {
            this(vni, local, port, false);
        }
    }

    /** Two ends. @param peer the name of the other one, where it is made; empty when read */
    record Veth(String peer) implements LinkKind {}

    /** @param parent the index of the link that carries the tagged packets */
    record Vlan(int parent, int tag) implements LinkKind {}

    record Tap() implements LinkKind {}

    /** @param name as the kernel calls it; empty for devices without a kind, such as loopback and hardware */
    record Other(String name) implements LinkKind {}
}
