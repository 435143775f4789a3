package dev.yado.e2e;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A network of a test, and guests in it that speak. */
record Network(Api api, String id, String name) {

    static Network create(Api api, String name, String... ranges) {
        String id = api.post("/v1/networks", Map.of("name", name)).get("id").asString();
        for (String range : ranges) {
            api.post("/v1/networks/" + id + "/subnets", Map.of("cidr", range));
        }
        return new Network(api, id, name);
    }

    List<String> subnets() {
        List<String> ids = new ArrayList<>();
        api.get("/v1/networks/" + id)
                .get("subnets")
                .forEach(subnet -> ids.add(subnet.get("id").asString()));
        return ids;
    }

    /** A card with that address, in addition to what other subnets give it. */
    Map<String, Object> card(String address) {
        Map<String, Object> card = new HashMap<>(card());
        card.put("address", address);
        return card;
    }

    Map<String, Object> card() {
        return Map.of("networkId", id);
    }

    /** Boots from its kernel with these cards; not waited for, so that several boot at once. */
    static Vm begin(Api api, String name, List<Map<String, Object>> cards) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("nics", cards);
        return Vm.create(api, request);
    }

    /** Of the card of that number, in the order of the API. */
    static List<String> addresses(Vm vm, int card) {
        List<String> addresses = new ArrayList<>();
        for (JsonNode address : vm.show().get("nics").get(card).get("addresses")) {
            addresses.add(
                    address.isString()
                            ? address.asString()
                            : address.get("address").asString());
        }
        return addresses;
    }

    static String address4(Vm vm) {
        return addresses(vm, 0).stream()
                .filter(address -> !address.contains(":"))
                .findFirst()
                .orElseThrow();
    }

    static String address6(Vm vm) {
        return addresses(vm, 0).stream()
                .filter(address -> address.contains(":"))
                .findFirst()
                .orElseThrow();
    }

    static String mac(Vm vm) {
        return vm.show().get("nics").get(0).get("mac").asString();
    }

    static String card(Vm vm) {
        return vm.show().get("nics").get(0).get("id").asString();
    }
}
