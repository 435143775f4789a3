package dev.yado.network;

import dev.yado.api.Caller;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Cidr;
import java.util.List;

/** Makes networks for tests of other packages. */
public final class TestingNetworks {
    private TestingNetworks() {}

    public static NetworkId make(Networks networks, Caller caller, String name, String... cidrs) {
        NetworkId id = networks.create(caller, name, 1450);
        for (String cidr : cidrs) {
            networks.addSubnet(caller, id, new Networks.NewSubnet(Cidr.parse(cidr), true, true, List.of()));
        }
        return id;
    }
}
