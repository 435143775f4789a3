package dev.yado.network.service;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.StaticRoute;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The metadata as OpenStack shows it: a few JSON documents. */
final class OpenStackFiles {
    /** Those that cloud-init knows by name; it takes the newest that it finds here. */
    static final List<String> VERSIONS = List.of(
            "2012-08-10",
            "2013-04-04",
            "2013-10-17",
            "2015-10-15",
            "2016-06-30",
            "2016-10-06",
            "2017-02-22",
            "2018-08-27",
            "latest");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private OpenStackFiles() {}

    static String metaData(Guest guest) {
        Map<String, Object> keys = new LinkedHashMap<>();
        for (int i = 0; i < guest.setup().sshKeys().size(); i++) {
            keys.put("key-" + i, guest.setup().sshKeys().get(i));
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("uuid", guest.id().toString());
        values.put("name", guest.name());
        values.put("hostname", guest.setup().hostname());
        values.put("project_id", guest.tenant().toString());
        values.put("availability_zone", "yado");
        values.put("launch_index", 0);
        values.put("public_keys", keys);
        return JSON.writeValueAsString(values);
    }

    static String networkData(List<Wiring> cards) {
        List<Object> links = new ArrayList<>();
        List<Object> networks = new ArrayList<>();
        List<Object> services = new ArrayList<>();
        for (int i = 0; i < cards.size(); i++) {
            Wiring card = cards.get(i);
            Map<String, Object> link = new LinkedHashMap<>();
            link.put("id", "nic" + i);
            link.put("vif_id", card.nic().id().toString());
            link.put("type", "phy");
            link.put("ethernet_mac_address", card.nic().mac().text());
            if (card.known()) {
                link.put("mtu", card.mtu());
            }
            links.add(link);
            addresses(card, i, networks);
            card.dns().forEach(server -> services.add(Map.of("type", "dns", "address", server.toString())));
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("links", links);
        values.put("networks", networks);
        values.put("services", services);
        return JSON.writeValueAsString(values);
    }

    /** The routes of a family go with its first address. */
    private static void addresses(Wiring card, int number, List<Object> networks) {
        if (!card.known()) {
            networks.add(network(card, number, networks.size(), "ipv4_dhcp"));
            return;
        }
        List<Boolean> routed = new ArrayList<>();
        for (Interface address : card.addresses()) {
            boolean v6 = address.address().v6();
            Map<String, Object> values = network(card, number, networks.size(), v6 ? "ipv6" : "ipv4");
            values.put("ip_address", address.address().toString());
            values.put("netmask", mask(v6, address.prefix()));
            values.put(
                    "routes",
                    routed.contains(v6)
                            ? List.of()
                            : card.routes(v6).map(OpenStackFiles::route).toList());
            routed.add(v6);
            networks.add(values);
        }
    }

    private static Map<String, Object> network(Wiring card, int number, int index, String type) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("id", "network" + index);
        values.put("network_id", card.nic().network().toString());
        values.put("link", "nic" + number);
        values.put("type", type);
        return values;
    }

    private static Map<String, Object> route(StaticRoute route) {
        Cidr to = route.destination();
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("network", to.address().toString());
        values.put("netmask", mask(to.v6(), to.prefix()));
        values.put("gateway", route.nextHop().toString());
        return values;
    }

    private static String mask(boolean v6, int prefix) {
        Ip zero = Ip.of(new byte[v6 ? 16 : 4]);
        int bits = zero.bits();
        return zero.plus(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE.shiftLeft(bits - prefix)))
                .toString();
    }
}
