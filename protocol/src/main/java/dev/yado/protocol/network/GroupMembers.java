package dev.yado.protocol.network;

import dev.yado.protocol.address.Ip;
import java.util.List;

/** The addresses of all ports in a group, of every network of the tenant. */
public record GroupMembers(SecurityGroupId group, List<Ip> addresses) {
    public GroupMembers {
        addresses = List.copyOf(addresses);
    }
}
