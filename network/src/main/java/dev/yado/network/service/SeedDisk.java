package dev.yado.network.service;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.StaticRoute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * The disk from which cloud-init learns who the guest is (NoCloud): ISO 9660, volume {@code cidata}, with {@code meta-data},
 * {@code user-data} and {@code network-config}. The same guest gives the same bytes. What it says itself is JSON, which is
 * YAML: no name can be more than a name in it.
 */
public final class SeedDisk {
    public static final String VOLUME = "cidata";
    /** What cloud-init takes for "nothing to do". */
    private static final byte[] NO_USER_DATA = "#cloud-config\n".getBytes(StandardCharsets.US_ASCII);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private SeedDisk() {}

    /**
     * Writes it anew; the file is there wholly or not at all, and only its owner, who is the caller, can read it.
     *
     * @param networks those of the guest's cards; in one that is not among them the guest asks by DHCP
     */
    public static void write(Path file, Guest guest, Map<NetworkId, HostNetwork> networks) throws IOException {
        AtomicFile.write(file, IsoImage.of(VOLUME, files(guest, networks)), "rw-------");
    }

    public static void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    static SortedMap<String, byte[]> files(Guest guest, Map<NetworkId, HostNetwork> networks) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        files.put("meta-data", json(metaData(guest)));
        files.put("user-data", guest.userData().orElse(NO_USER_DATA));
        if (!guest.nics().isEmpty()) {
            files.put("network-config", json(networkConfig(Wiring.of(guest, networks))));
        }
        return files;
    }

    private static byte[] json(Object value) {
        return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> metaData(Guest guest) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("instance-id", guest.id().toString());
        values.put("local-hostname", guest.setup().hostname());
        values.put("public-keys", guest.setup().sshKeys());
        return values;
    }

    /** Version 2, which is what netplan reads. */
    private static Map<String, Object> networkConfig(List<Wiring> cards) {
        Map<String, Object> ethernets = new LinkedHashMap<>();
        for (int i = 0; i < cards.size(); i++) {
            ethernets.put("nic" + i, ethernet(cards.get(i)));
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("version", 2);
        config.put("ethernets", ethernets);
        return config;
    }

    private static Map<String, Object> ethernet(Wiring card) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("match", Map.of("macaddress", card.nic().mac().text()));
        if (!card.known()) {
            values.put("dhcp4", true);
            values.put("dhcp6", true);
            return values;
        }
        values.put("mtu", card.mtu());
        values.put("dhcp4", false);
        values.put("dhcp6", false);
        values.put("accept-ra", false);
        values.put("addresses", card.addresses().stream().map(SeedDisk::text).toList());
        List<Map<String, Object>> routes = new ArrayList<>();
        for (StaticRoute route : card.routes()) {
            Map<String, Object> words = new LinkedHashMap<>();
            words.put("to", route.destination().toString());
            words.put("via", route.nextHop().toString());
            routes.add(words);
        }
        values.put("routes", routes);
        Map<String, Object> servers = new LinkedHashMap<>();
        servers.put("addresses", card.dns().stream().map(Object::toString).toList());
        servers.put("search", card.search() == null ? List.of() : List.of(card.search()));
        values.put("nameservers", servers);
        return values;
    }

    private static String text(Interface address) {
        return address.address() + "/" + address.prefix();
    }
}
