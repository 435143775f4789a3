package dev.yado.protocol.network;

import dev.yado.protocol.address.Cidr;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Lets packets through.
 *
 * @param direction IN is towards the guest
 * @param portMin for TCP and UDP the first port, for ICMP the type; null: all
 * @param portMax for TCP and UDP the last port, for ICMP the code; null: as {@code portMin}, for ICMP all codes
 * @param remote the other side: a range, or the members of a group; both null: anyone
 */
public record SecurityRule(
        UUID id,
        Direction direction,
        Family family,
        Protocol protocol,
        @Nullable Integer portMin,
        @Nullable Integer portMax,
        @Nullable Cidr remote,
        @Nullable SecurityGroupId remoteGroup) {

    public enum Direction {
        IN,
        OUT
    }

    public enum Family {
        IPV4,
        IPV6
    }

    /** {@code ICMP} is ICMPv6 in a rule of family IPV6. */
    public enum Protocol {
        ANY,
        TCP,
        UDP,
        ICMP,
        SCTP,
        GRE,
        ESP
    }
}
