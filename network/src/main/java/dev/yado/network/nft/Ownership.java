package dev.yado.network.nft;

import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Subnet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which ports may use which addresses of a network. The most specific word decides: an address of a port is nobody else's, even where
 * another port may use the range around it; a range inside a range is only for those that have the inner one. Ports with the same
 * range share it. So an address names its ports, and a source that has passed its card's rules can be trusted.
 */
final class Ownership {
    private static final Ip LINK_LOCAL = Ip.parse("fe80::");

    /** For each range or single address: who has it. */
    private final TreeMap<Cidr, Set<NicId>> owners = new TreeMap<>(Ownership::byPlace);

    private final Map<Cidr, List<Span>> exact = new HashMap<>();

    Ownership(HostNetwork network) {
        for (Ip address : List.of(ServiceAddresses.METADATA, ServiceAddresses.LINK_LOCAL)) {
            owners.put(single(address), new TreeSet<>());
        }
        for (Subnet subnet : network.subnets()) {
            owners.computeIfAbsent(single(subnet.service()), _ -> new TreeSet<>());
        }
        for (Port port : network.ports()) {
            own(port).forEach(address -> add(single(address), port));
            port.alsoAllowed().forEach(range -> add(range, port));
        }
    }

    private void add(Cidr range, Port port) {
        owners.computeIfAbsent(range, _ -> new TreeSet<>()).add(port.id());
    }

    /** Its addresses, and the link-local one that follows from its MAC. */
    static List<Ip> own(Port port) {
        List<Ip> all = new ArrayList<>(port.addresses());
        all.add(linkLocal(port.mac()));
        return all;
    }

    /** The modified EUI-64 of RFC 4291. */
    static Ip linkLocal(Mac mac) {
        byte[] six = mac.bytes();
        byte[] bytes = LINK_LOCAL.bytes();
        bytes[8] = (byte) (six[0] ^ 2);
        bytes[9] = six[1];
        bytes[10] = six[2];
        bytes[11] = (byte) 0xff;
        bytes[12] = (byte) 0xfe;
        bytes[13] = six[3];
        bytes[14] = six[4];
        bytes[15] = six[5];
        return Ip.of(bytes);
    }

    static Cidr single(Ip address) {
        return new Cidr(address, address.bits());
    }

    /** In order of the family, then of the address, wider ranges first: what lies inside a range follows it at once. */
    private static int byPlace(Cidr a, Cidr b) {
        int place = a.address().compareTo(b.address());
        return place != 0 ? place : Integer.compare(a.prefix(), b.prefix());
    }

    Set<NicId> of(Ip address) {
        for (int prefix = address.bits(); prefix >= 0; prefix--) {
            Set<NicId> there = owners.get(Cidr.around(address, prefix));
            if (there != null) {
                return there;
            }
        }
        return Set.of();
    }

    /** All that this port may use, of one family. */
    List<Span> of(Port port, boolean v6) {
        List<Span> spans = new ArrayList<>();
        own(port).stream()
                .filter(address -> address.v6() == v6)
                .map(Ownership::single)
                .forEach(a -> spans.add(Span.of(a)));
        port.alsoAllowed().stream().filter(range -> range.v6() == v6).forEach(range -> spans.addAll(spans(range)));
        return spans;
    }

    /** Each range with its ports. */
    Map<Cidr, Set<NicId>> all() {
        return Collections.unmodifiableMap(owners);
    }

    /** The range without what is named more exactly inside it. */
    List<Span> spans(Cidr range) {
        return exact.computeIfAbsent(range, key -> {
            List<Cidr> inside = new ArrayList<>();
            for (Cidr other : owners.tailMap(key, false).keySet()) {
                if (!key.contains(other.address())) {
                    break;
                }
                inside.add(other);
            }
            return Span.of(key).without(inside);
        });
    }
}
