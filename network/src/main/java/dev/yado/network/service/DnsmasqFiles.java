package dev.yado.network.service;

import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.protocol.network.Subnet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What dnsmasq is to read for one network. Its configuration holds until it is started anew; all others are read again on SIGHUP.
 *
 * @param mark a name that these files answer and no others do: who resolves it has read them
 * @param markAt where to ask for it; empty: the network has no subnet, and nothing to serve
 */
record DnsmasqFiles(String configuration, SortedMap<String, String> tables, String mark, Optional<Ip> markAt) {
    static final String CONFIGURATION = "dnsmasq.conf";
    static final String LEASES = "leases";
    static final String OPTIONS = "options";
    static final String NAMES = "names";
    static final String PID = "pid";
    static final String LOG = "log";

    private static final int MARK_CHARS = 16;
    /** An advertised router is one for so long; it is advertised anew every few minutes. */
    private static final int ROUTER_SECONDS = 1800;

    static DnsmasqFiles of(HostNetwork network, Path directory, String user, String bridge) {
        String domain = Names.domain(network.name());
        SortedMap<String, String> tables = new TreeMap<>();
        tables.put(LEASES, lines(leases(network)));
        tables.put(OPTIONS, lines(options(network, domain)));
        List<String> names = names(network, domain);
        tables.put(NAMES, lines(names));
        String configuration = lines(configuration(network, directory, user, bridge, domain));
        String mark = "read-" + digest(configuration + tables) + "." + domain;
        Optional<Ip> markAt = network.subnets().stream().map(Subnet::service).findFirst();
        markAt.ifPresent(address -> names.add(address + " " + mark));
        tables.put(NAMES, lines(names));
        return new DnsmasqFiles(configuration, tables, mark, markAt);
    }

    private static List<String> configuration(
            HostNetwork network, Path directory, String user, String bridge, String domain) {
        List<String> lines = new ArrayList<>(List.of(
                "pid-file=" + directory.resolve(PID),
                "log-facility=" + directory.resolve(LOG),
                "user=" + user,
                "interface=" + bridge,
                "except-interface=lo",
                "bind-interfaces",
                // DNS: asks nobody, so it refuses names that are not the network's, and guests ask the next server
                "no-hosts",
                "no-resolv",
                "no-poll",
                "domain-needed",
                "bogus-priv",
                "domain=" + domain,
                "local=/" + domain + "/",
                "cache-size=1000",
                "addn-hosts=" + directory.resolve(NAMES),
                // DHCP: to known stations only; what they have is in the leases file, so nothing need be remembered
                "dhcp-hostsfile=" + directory.resolve(LEASES),
                "dhcp-optsfile=" + directory.resolve(OPTIONS),
                "dhcp-ignore=tag:!known",
                "dhcp-ignore-names",
                "dhcp-authoritative",
                "dhcp-lease-max=100000",
                "no-ping",
                "leasefile-ro",
                "quiet-dhcp",
                "quiet-dhcp6",
                "quiet-ra"));
        for (int i = 0; i < network.subnets().size(); i++) {
            Subnet subnet = network.subnets().get(i);
            String range = subnet.cidr().v6()
                    ? ",static," + subnet.cidr().prefix()
                    : ",static," + mask(subnet.cidr().prefix());
            if (subnet.dhcp()) {
                lines.add("dhcp-range=set:" + tag(i) + "," + subnet.cidr().address() + range + ",24h");
            }
        }
        List<Subnet> advertised = network.subnets().stream()
                .filter(subnet -> subnet.cidr().v6() && subnet.dhcp())
                .toList();
        if (!advertised.isEmpty()) {
            boolean router = advertised.stream().anyMatch(subnet -> subnet.gateway() != null);
            lines.add("enable-ra");
            lines.add("ra-param=" + bridge + ",mtu:" + network.mtu() + ",0," + (router ? ROUTER_SECONDS : 0));
        }
        return lines;
    }

    private static String tag(int subnet) {
        return "s" + subnet;
    }

    private static String mask(int prefix) {
        long bits = 0xffff_ffffL << Integer.SIZE - prefix & 0xffff_ffffL;
        return "%d.%d.%d.%d".formatted(bits >> 24, bits >> 16 & 255, bits >> 8 & 255, bits & 255);
    }

    /** A line for each guest's card: its station, its addresses in subnets with DHCP, its name. */
    private static List<String> leases(HostNetwork network) {
        List<String> lines = new ArrayList<>();
        for (Port port : network.ports()) {
            List<String> addresses = port.addresses().stream()
                    .filter(address -> network.subnets().stream()
                            .anyMatch(subnet -> subnet.dhcp() && subnet.cidr().contains(address)))
                    .map(address -> address.v6() ? "[" + address + "]" : address.toString())
                    .toList();
            if (port.vm() != null && !addresses.isEmpty()) {
                String name = hostname(port).map(host -> "," + host).orElse("");
                lines.add(port.mac() + "," + String.join(",", addresses) + name);
            }
        }
        return lines;
    }

    private static Optional<String> hostname(Port port) {
        return Optional.ofNullable(port.hostname()).filter(Names::label).map(name -> name.toLowerCase(Locale.ROOT));
    }

    private static List<String> options(HostNetwork network, String domain) {
        List<String> lines = new ArrayList<>();
        lines.add("option:mtu," + network.mtu());
        lines.add("option6:domain-search," + domain);
        for (int i = 0; i < network.subnets().size(); i++) {
            Subnet subnet = network.subnets().get(i);
            String tag = "tag:" + tag(i) + ",";
            if (subnet.cidr().v6()) {
                lines.add(tag + "option6:dns-server," + servers(subnet));
                continue;
            }
            lines.add(tag + "option:dns-server," + servers(subnet));
            // Without a value the server would name itself.
            lines.add(tag + "option:router" + (subnet.gateway() == null ? "" : "," + subnet.gateway()));
            lines.add(tag + "option:classless-static-route," + String.join(",", routes(subnet)));
        }
        return lines;
    }

    /** Of the subnet's own family: neither protocol has room for the other. */
    private static String servers(Subnet subnet) {
        boolean v6 = subnet.cidr().v6();
        return Stream.concat(Stream.of(subnet.service()), subnet.dnsServers().stream())
                .filter(server -> server.v6() == v6)
                .map(server -> v6 ? "[" + server + "]" : server.toString())
                .distinct()
                .collect(Collectors.joining(","));
    }

    /** Whoever is told these takes its default route from them as well (RFC 3442). */
    private static List<String> routes(Subnet subnet) {
        List<String> words = new ArrayList<>(
                List.of(ServiceAddresses.METADATA + "/32", subnet.service().toString()));
        for (StaticRoute route : subnet.routes()) {
            if (!route.destination().v6()) {
                words.add(route.destination().toString());
                words.add(route.nextHop().toString());
            }
        }
        if (subnet.gateway() != null) {
            words.add("0.0.0.0/0");
            words.add(subnet.gateway().toString());
        }
        return words;
    }

    /** In the form of /etc/hosts: the first name of an address is what its reverse says. */
    private static List<String> names(HostNetwork network, String domain) {
        List<String> lines = new ArrayList<>();
        for (Subnet subnet : network.subnets()) {
            lines.add(subnet.service() + " service." + domain);
        }
        for (Port port : network.ports()) {
            hostname(port).ifPresent(name -> {
                for (Ip address : port.addresses()) {
                    lines.add(address + " " + name + "." + domain + " " + name);
                }
            });
        }
        return lines;
    }

    private static String lines(List<String> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static String digest(String text) {
        try {
            byte[] sha = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha).substring(0, MARK_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
