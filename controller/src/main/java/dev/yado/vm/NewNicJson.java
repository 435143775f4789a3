package dev.yado.vm;

import dev.yado.api.generated.model.NicCreate;
import dev.yado.network.NewNic;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Network cards that a caller asks for, from the API's words. */
public final class NewNicJson {
    private NewNicJson() {}

    public static List<NewNic> of(List<NicCreate> asked) {
        List<NewNic> nics = new ArrayList<>();
        for (NicCreate nic : asked) {
            List<UUID> groups = nic.getSecurityGroupIds() == null ? List.of() : List.copyOf(nic.getSecurityGroupIds());
            nics.add(NewNic.of(
                    nics.size(),
                    new NetworkId(nic.getNetworkId()),
                    nic.getAddress(),
                    nic.getMac(),
                    groups.stream().map(SecurityGroupId::new).toList(),
                    nic.getQos() == null
                            ? null
                            : new Qos(nic.getQos().getInKbits(), nic.getQos().getOutKbits())));
        }
        return nics;
    }
}
