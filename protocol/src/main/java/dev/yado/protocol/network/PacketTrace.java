package dev.yado.protocol.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What becomes of a packet on one host. */
public final class PacketTrace {
    private PacketTrace() {}

    /**
     * @param at the port whose host is asked, where the packet leaves or where it arrives
     * @param direction OUT when the port sends it, IN when it receives it
     * @param port of the destination; null for protocols without
     */
    public record Question(
            NetworkId network,
            NicId at,
            SecurityRule.Direction direction,
            Ip source,
            Ip destination,
            SecurityRule.Protocol protocol,
            @Nullable Integer port) {}

    /** In the order in which the packet passes. */
    public record Answer(List<Hop> hops) {
        public Answer {
            hops = List.copyOf(hops);
        }
    }

    /**
     * @param place such as {@code anti-spoofing}, {@code security groups}, {@code neighbours}, {@code forwarding}
     * @param wanted by the desired state that the host holds
     * @param real by what is in the kernel now
     * @param detail the rule, entry or missing entry that decides, for people
     */
    public record Hop(String place, Verdict wanted, Verdict real, String detail) {}

    public enum Verdict {
        PASS,
        DROP,
        UNKNOWN
    }
}
