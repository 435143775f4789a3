package dev.yado.network.linux;

import dev.yado.kernel.netlink.Refused;
import dev.yado.protocol.network.Segment;
import java.io.IOException;

/** Says what an operator can do when the kernel refuses a way out of a network. */
final class WayOutFailure {
    private WayOutFailure() {}

    static String explain(Segment segment, IOException failure) {
        String said = LinuxDriver.sentence(failure);
        return switch (segment) {
            case Segment.Overlay(int vni)
            when Refused.isTaken(failure) ->
                "the tunnel number " + vni + " is in use on this host by a link that is no network's here: find it with"
                        + " \"ip -d link show type vxlan\" in all network namespaces and delete it (" + said + ")";
            case Segment.Overlay _
            when Refused.isUnknown(failure) ->
                "this kernel has no tunnels: load its module vxlan (modprobe vxlan) (" + said + ")";
            case Segment.Vlan _
            when Refused.isUnknown(failure) ->
                "this kernel has no VLAN devices: load its module 8021q (modprobe 8021q) (" + said + ")";
            case Segment.Overlay _, Segment.Flat _, Segment.Vlan _ -> said;
        };
    }
}
