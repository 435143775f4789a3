package dev.yado.network.nft;

import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroupId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Ports of the same groups are judged alike: they share a profile, which has a number. Where ports of different groups share a range
 * of addresses, what any of their groups lets through may pass to or from that range.
 */
final class Profiles {
    /** Numbers are marks of packets; 0 is no profile. */
    private final SortedMap<Integer, List<SecurityGroupId>> groups = new TreeMap<>();

    private final Map<Span, Integer> byAddress;

    Profiles(HostNetwork network, Ownership ownership) {
        Map<NicId, Port> ports =
                network.ports().stream().collect(Collectors.toMap(Port::id, Function.identity(), (a, _) -> a));
        byAddress = new java.util.LinkedHashMap<>();
        ownership.all().forEach((range, owners) -> {
            List<Port> judged = owners.stream()
                    .map(ports::get)
                    .filter(Objects::nonNull)
                    .filter(Profiles::judgedHere)
                    .toList();
            if (!judged.isEmpty()) {
                int profile = profile(judged);
                spans(range, ownership).forEach(span -> byAddress.put(span, profile));
            }
        });
    }

    private static List<Span> spans(Cidr range, Ownership ownership) {
        return range.prefix() == range.address().bits() ? List.of(Span.of(range)) : ownership.spans(range);
    }

    static boolean judgedHere(Port port) {
        return port.filtered() && port.place() != null && port.place().here();
    }

    private int profile(List<Port> ports) {
        Set<SecurityGroupId> all = new TreeSet<>();
        ports.forEach(port -> all.addAll(port.groups()));
        List<SecurityGroupId> list = List.copyOf(all);
        int number = Math.max(1, list.hashCode() & Integer.MAX_VALUE);
        while (groups.containsKey(number) && !Objects.equals(groups.get(number), list)) {
            number = number == Integer.MAX_VALUE ? 1 : number + 1;
        }
        groups.put(number, list);
        return number;
    }

    SortedMap<Integer, List<SecurityGroupId>> all() {
        return groups;
    }

    Map<Span, Integer> byAddress() {
        return byAddress;
    }
}
