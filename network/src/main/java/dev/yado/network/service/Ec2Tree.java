package dev.yado.network.service;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The metadata as EC2 shows it: a tree of small texts, a list of names for each directory. */
final class Ec2Tree {
    private Ec2Tree() {}

    /** The leaves by their paths below {@code /latest/}. User data is not among them: it is bytes. */
    static SortedMap<String, String> leaves(Guest guest, List<Wiring> cards) {
        SortedMap<String, String> leaves = new TreeMap<>();
        String meta = "meta-data/";
        String host = guest.setup().hostname();
        String search = cards.isEmpty() ? null : cards.getFirst().search();
        String fqdn = search == null ? host : host + "." + search;
        leaves.put(meta + "instance-id", guest.id().toString());
        leaves.put(meta + "ami-id", "ami-00000000");
        leaves.put(meta + "ami-launch-index", "0");
        leaves.put(meta + "instance-type", "yado");
        leaves.put(meta + "hostname", fqdn);
        leaves.put(meta + "local-hostname", fqdn);
        leaves.put(meta + "placement/availability-zone", "yado");
        leaves.put(meta + "placement/region", "yado");
        for (int i = 0; i < guest.setup().sshKeys().size(); i++) {
            leaves.put(
                    meta + "public-keys/" + i + "/openssh-key",
                    guest.setup().sshKeys().get(i));
        }
        for (int i = 0; i < cards.size(); i++) {
            card(leaves, meta, cards.get(i), i, fqdn);
        }
        return leaves;
    }

    private static void card(SortedMap<String, String> leaves, String meta, Wiring card, int number, String fqdn) {
        String mac = card.nic().mac().text();
        String below = meta + "network/interfaces/macs/" + mac + "/";
        leaves.put(below + "mac", mac);
        leaves.put(below + "device-number", Integer.toString(number));
        leaves.put(below + "interface-id", card.nic().id().toString());
        leaves.put(below + "local-hostname", fqdn);
        leaves.put(below + "vpc-id", card.nic().network().toString());
        family(leaves, below, "local-ipv4s", "subnet-ipv4-cidr-block", card, false);
        family(leaves, below, "ipv6s", "subnet-ipv6-cidr-blocks", card, true);
        if (number == 0) {
            leaves.put(meta + "mac", mac);
            card.addresses().stream()
                    .filter(address -> !address.address().v6())
                    .findFirst()
                    .ifPresent(address ->
                            leaves.put(meta + "local-ipv4", address.address().toString()));
            card.addresses().stream()
                    .filter(address -> address.address().v6())
                    .findFirst()
                    .ifPresent(address ->
                            leaves.put(meta + "ipv6", address.address().toString()));
        }
    }

    private static void family(
            SortedMap<String, String> leaves, String below, String addresses, String ranges, Wiring card, boolean v6) {
        List<Interface> own = card.addresses().stream()
                .filter(address -> address.address().v6() == v6)
                .toList();
        if (!own.isEmpty()) {
            leaves.put(
                    below + addresses,
                    own.stream().map(one -> one.address().toString()).collect(Collectors.joining("\n")));
            leaves.put(
                    below + ranges,
                    own.stream()
                            .map(one -> Cidr.around(one.address(), one.prefix()).toString())
                            .distinct()
                            .collect(Collectors.joining("\n")));
        }
    }

    /**
     * What is in the directory: names of leaves, names of directories with a slash, each on a line. Keys are listed as
     * {@code 0=name}, as EC2 does. Empty: there is no such directory.
     */
    static String list(SortedMap<String, String> leaves, Guest guest, String directory) {
        if (directory.equals("meta-data/public-keys/")) {
            return IntStream.range(0, guest.setup().sshKeys().size())
                    .mapToObj(i -> i + "=key-" + i)
                    .collect(Collectors.joining("\n"));
        }
        return leaves.tailMap(directory).keySet().stream()
                .takeWhile(path -> path.startsWith(directory))
                .map(path -> path.substring(directory.length()))
                .map(rest -> rest.contains("/") ? rest.substring(0, rest.indexOf('/') + 1) : rest)
                .distinct()
                .collect(Collectors.joining("\n"));
    }
}
